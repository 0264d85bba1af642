"""Drawing: masks of 12 x 8 pixels, counted by hand. Mask 1 (2x2) lies in mask 0 (6x6); mask 2 (3x4) is beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_release import BOXES, HEIGHT, WIDTH

from dcikit.data.bitmap import decode, filled, mask_of
from dcikit.data.record import Box
from dcikit.schema.errors import ArgumentError
from dcikit.studio.store.masks import Masks, add, merge, reject, reshape, split


@pytest.fixture
def masks() -> Masks:
    zero, one, two = (mask_of(key, box(each), label=f"mask {key}") for key, each in BOXES.items())
    return replace(zero, child_ids=("1", "99")), replace(one, parent_id="0"), two  # 99 does not exist


def box(corners: Box) -> np.ndarray:
    return filled(corners, WIDTH, HEIGHT)


def tree(masks: Masks) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {mask.mask_id: (mask.parent_id, mask.child_ids) for mask in masks}


def test_a_new_mask_takes_its_place_in_the_tree(masks: Masks) -> None:
    inside = add(masks, box((5, 5, 7, 7)))
    assert tree(inside) == {"0": (None, ("1", "99", "3")), "1": ("0", ()), "2": (None, ()), "3": ("0", ())}
    assert (inside[3].area, inside[3].bbox, inside[3].label) == (4, (5, 5, 7, 7), "")
    around = add(masks, box((0, 0, 12, 8)))
    assert tree(around) == {"0": ("3", ("1", "99")), "1": ("0", ()), "2": ("3", ()), "3": (None, ("0", "2"))}
    between = add(masks, box((1, 1, 5, 5)))  # holds mask 1, lies in mask 0
    assert tree(between) == {"0": (None, ("99", "3")), "1": ("3", ()), "2": (None, ()), "3": ("0", ("1",))}
    beside = add(masks, box((6, 0, 9, 8)))  # 6 of its 24 pixels lie in mask 0
    assert tree(beside)["3"] == (None, ())


def test_another_shape(masks: Masks) -> None:
    after = reshape(masks, "1", box((2, 2, 5, 5)))
    assert (after[1].area, after[1].bbox, after[1].label) == (9, (2, 2, 5, 5), "mask 1")
    assert tree(after) == tree(masks)
    assert (after[0], after[2]) == (masks[0], masks[2])


def test_merge(masks: Masks) -> None:
    after = merge(masks, ["2", "0"])
    assert tree(after) == {"1": ("2", ()), "2": (None, ("1",))}
    assert (after[1].area, after[1].bbox, after[1].label) == (36 + 12, (1, 1, 11, 7), "mask 2")
    inner_first = merge(masks, ["1", "0"])
    assert tree(inner_first) == {"1": (None, ()), "2": (None, ())}
    assert inner_first[0].area == 36


def test_merge_with_a_mask_further_up_makes_no_ring(masks: Masks) -> None:
    deep = add(masks, box((2, 2, 3, 3)))
    assert tree(deep)["3"] == ("1", ())
    assert tree(merge(deep, ["3", "0"])) == {"1": ("3", ()), "2": (None, ()), "3": (None, ("1",))}


def test_split(masks: Masks) -> None:
    after = split(masks, "0", box((0, 0, 4, 8)))  # columns 1, 2, 3 of its six, with mask 1
    assert tree(after) == {"0": (None, ("99",)), "1": ("3", ()), "2": (None, ()), "3": (None, ("1",))}
    assert [(mask.area, mask.bbox) for mask in (after[0], after[3])] == [(18, (4, 1, 7, 7)), (18, (1, 1, 4, 7))]
    assert (after[0].label, after[3].label) == ("mask 0", "")
    assert not (decode(after[0].png) & decode(after[3].png)).any()
    for corners in ((8, 0, 12, 8), (0, 0, 12, 8)):
        with pytest.raises(ArgumentError, match="a part of the mask, and not all of it"):
            split(masks, "0", box(corners))


def test_reject(masks: Masks) -> None:
    assert tree(reject(masks, "0")) == {"1": (None, ()), "2": (None, ())}
    assert tree(reject(masks, "1")) == {"0": (None, ("99",)), "2": (None, ())}


def test_merge_needs_two(masks: Masks) -> None:
    with pytest.raises(ArgumentError, match="at least two"):
        merge(masks, ["1", "1"])
