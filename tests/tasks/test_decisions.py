"""SCM, its twin and Neg on scores whose answers are worked out by hand (docs/protocol.md §5)."""

from __future__ import annotations

import torch

from dcikit.tasks.scm.decisions import beats_negative, match_captions, match_subcrops


def test_one_caption_each() -> None:
    scores = torch.tensor([[3.0, 1.0, 2.0], [5.0, 4.0, 0.0], [0.0, 0.0, 1.0]])[..., None]
    choices = match_captions(scores)
    assert choices.correct.tolist() == [True, False, True]  # rows: 3 is first; 5 beats 4; 1 is first
    assert choices.chosen.tolist() == [0, 0, 2]
    assert choices.own.tolist() == [3, 4, 1]
    assert choices.rival.tolist() == [2, 5, 0]
    choices = match_subcrops(scores)
    assert choices.correct.tolist() == [False, True, False]  # columns: 5 beats 3; 4 is first; 2 beats 1
    assert choices.chosen.tolist() == [1, 1, 0]
    assert choices.rival.tolist() == [5, 1, 2]


def test_own_captions_count_by_their_minimum_and_others_by_their_maximum() -> None:
    #            own: min(2, 9) = 2      other: max(1, 3) = 3 -> wrong, though one caption of its own has 9
    first = [[2.0, 9.0], [1.0, 3.0]]
    #            other: max(0, 3) = 3    own: min(4, 5) = 4  -> right
    second = [[0.0, 3.0], [4.0, 5.0]]
    assert match_captions(torch.tensor([first, second])).correct.tolist() == [False, True]
    # Captions of entry 0: columns (2, 0) and (9, 3), both highest at 0. Of entry 1: (1, 4) and (3, 5), both at 1.
    assert match_subcrops(torch.tensor([first, second])).correct.tolist() == [True, True]
    # One caption that picks the other subcrop is enough to fail.
    assert match_subcrops(torch.tensor([first, [[2.5, 3.0], [4.0, 5.0]]])).correct.tolist() == [False, True]


def test_ties_go_to_the_lowest_index_and_are_counted() -> None:
    for match in (match_captions, match_subcrops):
        choices = match(torch.ones(4, 4, 2))
        assert choices.correct.tolist() == [True, False, False, False]
        assert choices.chosen.tolist() == [0, 0, 0, 0]
        assert choices.tied.all()


def test_a_tie_among_others_is_no_tie_of_the_entry() -> None:
    scores = torch.tensor([[0.0, 7.0, 7.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])[..., None]
    choices = match_captions(scores)
    assert choices.correct.tolist() == [False, True, True]
    assert choices.chosen.tolist() == [1, 1, 2]
    assert choices.tied.tolist() == [False, False, False]


def test_of_several_captions_the_worst_is_shown() -> None:
    # Caption 0 of entry 1 chooses subcrop 1 by 4; its caption 1 chooses subcrop 0 by 2.
    scores = torch.tensor([[[9.0, 9.0], [0.0, 5.0]], [[0.0, 0.0], [4.0, 3.0]]])
    choices = match_subcrops(scores)
    assert choices.correct.tolist() == [True, False]
    assert choices.chosen.tolist() == [0, 0]
    assert (choices.own[1], choices.rival[1]) == (3, 5)
    # Both captions of entry 1 tie; the first maximum of its column is subcrop 0, so it is wrong.
    tied = match_subcrops(torch.tensor([[[9.0, 9.0], [4.0, 3.0]], [[0.0, 0.0], [4.0, 3.0]]]))
    assert tied.correct.tolist() == [True, False]
    assert tied.tied.tolist() == [False, True]


def test_a_group_of_one_is_right() -> None:
    for match in (match_captions, match_subcrops):
        choices = match(torch.tensor([[[1.0, 2.0]]]))
        assert choices.correct.tolist() == [True]
        assert choices.tied.tolist() == [False]


def test_a_negative_must_be_beaten_strictly_by_every_caption() -> None:
    negative = torch.tensor(1.0)
    assert beats_negative(torch.tensor([2.0, 1.5]), negative) is True
    assert beats_negative(torch.tensor([2.0, 1.0]), negative) is False
    assert beats_negative(torch.tensor([2.0, 0.5]), negative) is False
