"""The grouping of masks: sets worked out by hand, and random ones against the rules written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from support.plain_masks import group_plainly

from dcikit.masks import BitMask, group_masks

HEIGHT, WIDTH = 100, 200


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def random_masks(rng: np.random.Generator) -> tuple[list[np.ndarray], list[float]]:
    """Boxes, and copies of earlier ones that are moved or damaged a little."""
    masks: list[np.ndarray] = []
    again = rng.choice([0.2, 0.5, 0.8])
    for _ in range(rng.integers(1, 25)):
        if masks and rng.random() < again:
            mask = np.roll(masks[rng.integers(len(masks))], rng.integers(-2, 3, 2) * (rng.random() < 0.4), (0, 1))
            y, x = rng.integers(0, 60), rng.integers(0, 80)
            mask[y : y + rng.integers(1, 14), x : x + rng.integers(1, 14)] = rng.random() < 0.5
        else:
            mask = np.zeros((70, 90), bool)
            y, x = rng.integers(0, 60), rng.integers(0, 80)
            mask[y : y + rng.integers(3, 70), x : x + rng.integers(3, 90)] = True
        masks.append(mask)
    return masks, rng.random(len(masks)).tolist()


def test_nested_masks_form_a_chain_whatever_their_order() -> None:
    whole, half, quarter = box(0, 0, 200, 100), box(0, 0, 100, 100), box(0, 0, 50, 100)
    assert group_masks([quarter, whole, half], [0.1, 0.2, 0.3]) == {1: -1, 2: 1, 0: 2}


def test_disjoint_masks_of_one_size_both_stay() -> None:
    assert group_masks([box(0, 0, 40, 40), box(100, 50, 140, 90)], [0.5, 0.9]) == {0: -1, 1: -1}


@pytest.mark.parametrize(("scores", "kept"), [([0.5, 0.9], 1), ([0.9, 0.5], 0), ([0.7, 0.7], 0)])
def test_of_near_equal_masks_the_better_score_stays(scores: list[float], kept: int) -> None:
    assert group_masks([box(0, 0, 100, 100), box(0, 0, 98, 100)], scores) == {kept: -1}


def test_near_equal_ends_at_five_percent() -> None:
    # 10,000 and 9,501 px: sizes agree by 95.01%, and 499 px are in one alone, 5% of 9,502 are 475.
    # What is not near-equal is contained and too close: the score decides all the same, and only one stays.
    larger, smaller = box(0, 0, 100, 100), box(0, 0, 100, 100)
    smaller[0, 0:100] = smaller[1, 0:100] = smaller[2, 0:100] = smaller[3, 0:100] = False
    smaller[4, 0:99] = False
    assert group_masks([larger, smaller], [0.1, 0.2]) == {1: -1}
    # Side by side by 3 px of 100 they share 97%, but 6 px of 100 are in one alone; each is over 90% inside the other.
    assert group_masks([box(0, 0, 100, 100), box(3, 0, 103, 100)], [0.1, 0.2]) == {1: -1}
    # By 10 px of 100 each has exactly 90% inside the other: neither equal nor contained.
    assert group_masks([box(0, 0, 100, 100), box(10, 0, 110, 100)], [0.1, 0.2]) == {0: -1, 1: -1}


def test_a_mask_in_two_groups_joins_the_first() -> None:
    left, right, shared = box(0, 0, 120, 100), box(80, 0, 190, 100), box(85, 20, 115, 60)
    assert group_masks([left, right, shared], [1, 1, 1]) == {0: -1, 2: 0, 1: -1}


def test_boxes_that_cross_without_a_corner_inside_the_other_overlap() -> None:
    upright, lying = box(90, 0, 110, 100), box(0, 40, 200, 60)
    assert group_masks([upright, lying, box(92, 42, 108, 58)], [1, 1, 1]) == {1: -1, 2: 1, 0: -1}


def test_contained_masks_that_are_too_close_leave_one() -> None:
    # 9,200 of 10,000 px: not near-equal, contained, over 90% as large.
    assert group_masks([box(0, 0, 100, 100), box(0, 0, 92, 100)], [0.4, 0.3]) == {0: -1}
    # exactly 90% as large is far enough
    assert group_masks([box(0, 0, 100, 100), box(0, 0, 90, 100)], [0.4, 0.3]) == {0: -1, 1: 0}


def test_a_chain_of_near_equals_ends_with_the_best() -> None:
    chain = [box(0, 0, width, 100) for width in (200, 194, 188, 182)]
    assert group_masks(chain, [0.1, 0.2, 0.3, 0.4]) == {3: -1}
    # From the first one, 188 and 182 are contained and too close, and lose.
    assert group_masks(chain, [0.9, 0.2, 0.3, 0.4]) == {0: -1}


def test_what_replaces_a_mask_is_compared_with_the_other_groups_too() -> None:
    # The first pair is near-equal and the smaller one stays; the third is near-equal to it, but not to the first.
    first, second, third = box(0, 0, 100, 100), box(4, 0, 100, 100), box(7, 0, 103, 100)
    third[0, 7:107] = True
    result = group_masks([first, third, second], [0.1, 0.2, 0.9])
    assert result == {2: -1}


def test_nothing_and_empty_masks() -> None:
    assert group_masks([], []) == {}
    assert group_masks([box(0, 0, 0, 0), box(0, 0, 10, 10)], [1, 1]) == {0: -1, 1: -1}


@pytest.mark.parametrize("seed", range(60))
def test_random_masks_against_the_plain_rules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks, scores = random_masks(rng)
    result = group_masks(masks, scores)
    assert result == group_plainly(masks, scores)
    assert group_masks(np.stack(masks), scores) == result

    kept = sorted(result)
    again = group_masks([masks[index] for index in kept], [scores[index] for index in kept])
    assert {kept[index]: kept[parent] if parent >= 0 else -1 for index, parent in again.items()} == result

    sizes = [int(mask.sum()) for mask in masks]
    distinct = [index for index in range(len(masks)) if sizes.index(sizes[index]) == index]
    result = group_masks([masks[index] for index in distinct], [scores[index] for index in distinct])
    order = rng.permutation(len(distinct)).tolist()
    moved = group_masks([masks[distinct[index]] for index in order], [scores[distinct[index]] for index in order])
    assert {order[index]: order[parent] if parent >= 0 else -1 for index, parent in moved.items()} == result


def test_masks_that_are_none_are_refused() -> None:
    mask = box(0, 0, 10, 10)
    with pytest.raises(ValueError, match=r"`masks` must be boolean \(H, W\) arrays, got uint8 \(100, 200\) at 1"):
        group_masks([mask, mask.astype(np.uint8)], [1, 1])
    with pytest.raises(ValueError, match="`masks` must be of one size, got 100x200 at 1 after 200x100"):
        group_masks([mask, mask.T], [1, 1])
    with pytest.raises(ValueError, match="`scores` must be one for each of the 1 masks, got 2"):
        group_masks([mask], [1, 1])
    with pytest.raises(ValueError, match="`scores` must be numbers, got NaN at 0"):
        group_masks([mask], [float("nan")])


@pytest.mark.parametrize("seed", range(20))
def test_packed_masks_are_the_masks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = tuple(rng.integers(1, 200, 2))
    one, other = (rng.random((2, *size)) < rng.choice([0.003, 0.5])) & (rng.random((2, *size)) < 0.8)
    a, b = BitMask.pack(one), BitMask.pack(other)
    assert np.array_equal(np.asarray(a), one) and np.array_equal(np.asarray(b), other)
    assert (a.area, a.overlap(b)) == (one.sum(), (one & other).sum())
    if one.any():
        rows, columns = np.nonzero(one)
        assert a.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
