"""Masks that are drawn, reshaped, merged, split and rejected: the masks of an image before -> after.

Nothing here touches a file. Every function takes all masks of an image, in order, and returns all of them; a new one
comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from dcikit.data.bitmap import decode, mask_of
from dcikit.data.record import Mask
from dcikit.masks.bit_mask import BitMask
from dcikit.schema.errors import ArgumentError

INSIDE = 0.9
"""The share of a mask that lies in another one which holds it, as in the paper's tree."""

Masks = tuple[Mask, ...]


def add(masks: Masks, pixels: np.ndarray) -> Masks:
    """A new mask, inside the smallest one that holds it; siblings that lie in it become its children."""
    drawn = _drawn(pixels)
    packed = {mask.mask_id: BitMask.pack(decode(mask.png)) for mask in masks}
    holders = [mask for mask in masks if _share(drawn, packed[mask.mask_id]) > INSIDE]
    parent = min(holders, key=lambda mask: mask.area, default=None)
    new = mask_of(_free_id(masks), pixels, parent_id=parent.mask_id if parent else None)
    siblings = [mask for mask in masks if mask.parent_id == new.parent_id and mask is not parent]
    inside = {mask.mask_id for mask in siblings if _share(packed[mask.mask_id], drawn) > INSIDE}
    return _linked(masks, [*_moved(masks, inside, new.mask_id), new])


def reshape(masks: Masks, mask_id: str, pixels: np.ndarray) -> Masks:
    """Another shape for a mask; what is written about it, and its place in the tree, stay."""
    _drawn(pixels)
    return _replaced(masks, _reshaped(_find(masks, mask_id), pixels))


def merge(masks: Masks, mask_ids: Sequence[str]) -> Masks:
    """The union of some masks in place of the first, with its texts; their children become its children."""
    first, *others = (_find(masks, mask_id) for mask_id in dict.fromkeys(mask_ids))
    if not others:
        raise ArgumentError(f"`masks` must name at least two masks, got {list(mask_ids)}")
    gone = {mask.mask_id for mask in others}
    union = _reshaped(first, np.logical_or.reduce([decode(mask.png) for mask in (first, *others)]))
    union = replace(union, parent_id=_parent_outside(masks, first, gone))
    kept = [mask for mask in _replaced(masks, union) if mask.mask_id not in gone]
    children = {mask.mask_id for mask in kept if mask.parent_id in gone}
    return _linked(masks, _moved(kept, children, first.mask_id))


def split(masks: Masks, mask_id: str, pixels: np.ndarray) -> Masks:
    """A mask in two: its part in `pixels` becomes a new sibling without texts; a child goes where most of it is."""
    mask = _find(masks, mask_id)
    whole = decode(mask.png)
    part, rest = whole & pixels, whole & ~pixels
    if not part.any() or not rest.any():
        raise ArgumentError("`pixels` must cover a part of the mask, and not all of it; draw across it")
    new = mask_of(_free_id(masks), part, parent_id=mask.parent_id)
    children = [child for child in masks if child.parent_id == mask_id]
    cut = BitMask.pack(part)
    moved = {child.mask_id for child in children if _share(BitMask.pack(decode(child.png)), cut) > 0.5}
    kept = _replaced(masks, _reshaped(mask, rest))
    return _linked(masks, [*_moved(kept, moved, new.mask_id), new])


def reject(masks: Masks, mask_id: str) -> Masks:
    """The masks without one; its children go to its parent."""
    gone = _find(masks, mask_id)
    children = {mask.mask_id for mask in masks if mask.parent_id == mask_id}
    return _linked(masks, _moved([mask for mask in masks if mask is not gone], children, gone.parent_id))


def _parent_outside(masks: Masks, mask: Mask, gone: set[str]) -> str | None:
    """The parent of a mask once some are gone: that of the outermost of them which holds it."""
    by_id = {each.mask_id: each for each in masks}
    parent_id, above = mask.parent_id, by_id.get(mask.parent_id or "")
    while above is not None:
        if above.mask_id in gone:
            parent_id = above.parent_id
        above = by_id.get(above.parent_id or "")
    return parent_id


def _linked(before: Masks, after: Sequence[Mask]) -> Masks:
    """With `child_ids` that follow what moved; whatever else they say, even of masks that do not exist, stays."""
    old = {mask.mask_id: mask.parent_id for mask in before}
    new = {mask.mask_id: mask.parent_id for mask in after}
    moved = {
        mask_id for mask_id in old | new if mask_id not in old or mask_id not in new or old[mask_id] != new[mask_id]
    }
    linked = []
    for mask in after:
        kept = [child for child in mask.child_ids if child not in moved]
        added = [mask_id for mask_id in new if mask_id in moved and new[mask_id] == mask.mask_id]
        linked.append(replace(mask, child_ids=(*kept, *added)))
    return tuple(linked)


def _moved(masks: Iterable[Mask], mask_ids: set[str], parent_id: str | None) -> list[Mask]:
    return [replace(mask, parent_id=parent_id) if mask.mask_id in mask_ids else mask for mask in masks]


def _reshaped(mask: Mask, pixels: np.ndarray) -> Mask:
    drawn = mask_of(mask.mask_id, pixels)
    return replace(mask, png=drawn.png, bbox=drawn.bbox, area=drawn.area)


def _replaced(masks: Masks, new: Mask) -> Masks:
    return tuple(new if mask.mask_id == new.mask_id else mask for mask in masks)


def _find(masks: Masks, mask_id: str) -> Mask:
    for mask in masks:
        if mask.mask_id == mask_id:
            return mask
    raise ArgumentError(f"`mask` must be a mask of the image, got {mask_id!r}; it may have been removed")


def _free_id(masks: Masks) -> str:
    return str(max((int(mask.mask_id) for mask in masks if mask.mask_id.isdecimal()), default=-1) + 1)


def _share(mask: BitMask, other: BitMask) -> float:
    """How much of a mask lies in another one."""
    return mask.overlap(other) / max(mask.area, 1)


def _drawn(pixels: np.ndarray) -> BitMask:
    drawn = BitMask.pack(pixels)
    if not drawn.area:
        raise ArgumentError("`pixels` must not be empty; draw the mask first")
    return drawn
