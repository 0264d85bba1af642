"""Which mask lies in which: the paper's grouping, by exact counts of pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from dcikit.schema.errors import ArgumentError

from .bit_mask import BitMask, pack_all

NEAR_EQUAL = 95
"""Percent: two masks are one if their sizes agree by this much, and no more than the rest of either is in one alone."""

CONTAINED = 90
"""Percent of a mask that lies in another one; and of that one's size that it must not exceed."""


def group_masks(masks: Any, scores: Sequence[float]) -> dict[int, int]:
    """Sorts masks into groups, and the masks of each group into groups again.

    Masks are taken from the largest to the smallest; those of equal size in the order given. One that is nearly equal
    to the mask of a group replaces it if its score is better, and is dropped otherwise. Else, if more than 90% of it
    lie in the mask of a group, it belongs to the first such group; where it is more than 90% as large as that mask, the
    better score of the two stays and the other is dropped. A mask of no group opens one.

    A mask that replaced a larger one may be nearly equal to, or contained in, one that it was not compared with: the
    rules are applied to the masks that are left until none of them goes. The result for these is the same again.

    Args:
        masks: boolean (H, W), a list or an (N, H, W) array, or `BitMask`s; all of one image.
        scores: of each; in the paper predicted IoU x stability².

    Returns:
        Index of each mask that was kept -> index of its parent, -1 at the root; parents come first.

    Raises:
        ArgumentError: if a mask is not boolean or not as large as the others, or a score is missing or not a number.
    """
    packed = pack_all(masks)
    if len(scores) != len(packed):
        raise ArgumentError(f"`scores` must be one for each of the {len(packed)} masks, got {len(scores)}")
    if wrong := [index for index, score in enumerate(scores) if math.isnan(score)]:
        raise ArgumentError(f"`scores` must be numbers, got NaN at {wrong[0]}; drop that mask")
    return group_packed(packed, scores)


def group_packed(masks: Sequence[BitMask], scores: Sequence[float]) -> dict[int, int]:
    """`group_masks` of masks that are known to be sound."""
    kept: Iterable[int] = range(len(masks))
    while True:
        order = sorted(kept, key=lambda index: -masks[index].area)
        parents: dict[int, int] = {}
        replaced = _group(order, -1, masks, scores, parents)
        if not replaced:
            return parents
        kept = sorted(parents)


def _group(
    order: Sequence[int], parent: int, masks: Sequence[BitMask], scores: Sequence[float], parents: dict[int, int]
) -> bool:
    """Enters the groups of the masks `order` into `parents`; whether any replaced another one."""
    groups: list[int] = []
    members: list[list[int]] = []
    replaced = False
    for index in order:
        mask = masks[index]
        place = next((at for at, group in enumerate(groups) if near_equal(mask, masks[group], NEAR_EQUAL)), None)
        if place is None:
            place = next((at for at, group in enumerate(groups) if _is_contained(mask, masks[group])), None)
            if place is None:
                groups.append(index)
                members.append([])
                continue
            if 100 * mask.area <= CONTAINED * masks[groups[place]].area:
                members[place].append(index)
                continue
        if scores[index] > scores[groups[place]]:
            replaced = True
            groups[place] = index
    for group, inside in zip(groups, members, strict=True):
        parents[group] = parent
        replaced = _group(inside, group, masks, scores, parents) or replaced
    return replaced


def near_equal(one: BitMask, other: BitMask, percent: int) -> bool:
    """Whether sizes (plus one) agree by `percent` or more, and at most the rest of either is in one of them alone."""
    smaller, larger = sorted((one.area + 1, other.area + 1))
    if 100 * smaller < percent * larger:
        return False
    most_apart = (100 - percent) * smaller  # in hundredths of a pixel
    return one.overlaps_by(other, -(-(100 * (one.area + other.area) - most_apart) // 200))


def _is_contained(mask: BitMask, group: BitMask) -> bool:
    """Whether more than 90% of the mask (plus one pixel) lie in the other."""
    return mask.overlaps_by(group, CONTAINED * (mask.area + 1) // 100 + 1)
