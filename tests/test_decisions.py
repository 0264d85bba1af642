"""SCM, its twin and Neg on scores whose answers are worked out by hand (PROTOCOL §5)."""

from __future__ import annotations

import torch

from dci_metric.decisions import beats_negative, match_captions, match_subcrops


def test_one_caption_each() -> None:
    scores = torch.tensor([[3.0, 1.0, 2.0], [5.0, 4.0, 0.0], [0.0, 0.0, 1.0]])[..., None]
    correct, tied = match_captions(scores)
    assert correct.tolist() == [True, False, True]  # rows: 3 is first; 5 beats 4; 1 is first
    assert tied.tolist() == [False, False, False]
    correct, _ = match_subcrops(scores)
    assert correct.tolist() == [False, True, False]  # columns: 5 beats 3; 4 is first; 2 beats 1


def test_own_captions_count_by_their_minimum_and_others_by_their_maximum() -> None:
    #            own: min(2, 9) = 2      other: max(1, 3) = 3 -> wrong, though one caption of its own has 9
    first = [[2.0, 9.0], [1.0, 3.0]]
    #            other: max(0, 3) = 3    own: min(4, 5) = 4  -> right
    second = [[0.0, 3.0], [4.0, 5.0]]
    correct, _ = match_captions(torch.tensor([first, second]))
    assert correct.tolist() == [False, True]
    # Captions of entry 0: columns (2, 0) and (9, 3), both highest at 0. Of entry 1: (1, 4) and (3, 5), both at 1.
    correct, _ = match_subcrops(torch.tensor([first, second]))
    assert correct.tolist() == [True, True]
    # One caption that picks the other subcrop is enough to fail.
    correct, _ = match_subcrops(torch.tensor([first, [[2.5, 3.0], [4.0, 5.0]]]))
    assert correct.tolist() == [False, True]


def test_ties_go_to_the_lowest_index_and_are_counted() -> None:
    for match in (match_captions, match_subcrops):
        correct, tied = match(torch.ones(4, 4, 2))
        assert correct.tolist() == [True, False, False, False]
        assert tied.all()


def test_a_tie_among_others_is_no_tie_of_the_entry() -> None:
    scores = torch.tensor([[0.0, 7.0, 7.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])[..., None]
    correct, tied = match_captions(scores)
    assert correct.tolist() == [False, True, True]
    assert tied.tolist() == [False, False, False]


def test_a_negative_must_be_beaten_strictly_by_every_caption() -> None:
    negative = torch.tensor(1.0)
    assert beats_negative(torch.tensor([2.0, 1.5]), negative) == (True, False)
    assert beats_negative(torch.tensor([2.0, 1.0]), negative) == (False, True)
    assert beats_negative(torch.tensor([2.0, 0.5]), negative) == (False, False)
