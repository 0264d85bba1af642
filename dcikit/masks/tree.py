"""Masks -> the records of a release: groups, unions of siblings that cross, nothing small, ids in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from dcikit.data.record import Mask

from .bit_mask import BitMask, pack_all, union
from .group import group_masks, near_equal

CROSSING = 3
"""Percent of either mask above which two siblings cross."""

REPEATED = 93
"""Percent from which an only child repeats its parent."""

SMALLEST = 5000
"""Pixels of a mask in a release."""


@dataclass(eq=False)
class Node:
    """A mask and what lies in it."""

    mask: BitMask
    children: list[Node] = field(default_factory=list)


def build_tree(masks: Any, scores: Sequence[float], *, min_area: int = SMALLEST) -> tuple[Mask, ...]:
    """The tree of an image's masks by the paper's rules, as records without words.

    The groups of `group_masks`, refined from the leaves up: a mask that shares more than 3% of itself, or of the other,
    with siblings before it becomes a child of their union, which takes over the children of those siblings and their
    place; an only child that is nearly its parent (0.93) is dropped for its own children. Then masks under `min_area`
    go with all that is below them. Siblings are ordered by 5000 x top + left of their boxes.

    Args:
        masks, scores: as for `group_masks`.
        min_area: pixels.

    Returns:
        The masks in the order of their ids, each parent before its children; quality ok, label and caption empty.

    Raises:
        ArgumentError: as `group_masks`.
    """
    packed = pack_all(masks)
    nodes = [Node(mask) for mask in packed]
    roots: list[Node] = []
    for index, parent in group_masks(packed, scores).items():
        siblings = roots if parent < 0 else nodes[parent].children
        siblings.append(nodes[index])
    return tuple(_records(refine(roots), min_area))


def refine(level: Sequence[Node]) -> list[Node]:
    """The siblings after their union where they cross, each with its children refined too."""
    refined: list[Node] = []
    for node in level:
        node.children = refine(node.children)
        crossing = [other for other in refined if _cross(node.mask, other.mask)]
        if crossing:
            refined = [other for other in refined if other not in crossing]
            children = [child for other in crossing for child in other.children]
            node = Node(union([node.mask, *(other.mask for other in crossing)]), [node, *children])
        refined.append(node)
    for node in refined:
        if len(node.children) == 1 and near_equal(node.mask, node.children[0].mask, REPEATED):
            node.children = node.children[0].children
    return refined


def _cross(one: BitMask, other: BitMask) -> bool:
    return one.overlaps_by(other, CROSSING * (min(one.area, other.area) + 1) // 100 + 1)


def _records(roots: Sequence[Node], min_area: int) -> list[Mask]:
    """The tree in depth-first order. A small mask uses up an id of its own, as in the release."""
    ids = count()

    def walk(siblings: Sequence[Node], parent: str | None) -> list[Mask]:
        found: list[Mask] = []
        for node in sorted(siblings, key=lambda node: node.mask.box[1] * 5000 + node.mask.box[0]):
            mask_id = str(next(ids))
            if node.mask.area >= min_area:
                below = walk(node.children, mask_id)
                found += [_record(node.mask, mask_id, parent, below), *below]
        return found

    return walk(roots, None)


def _record(mask: BitMask, mask_id: str, parent: str | None, below: Sequence[Mask]) -> Mask:
    return Mask(
        mask_id=mask_id,
        parent_id=parent,
        child_ids=tuple(child.mask_id for child in below if child.parent_id == mask_id),
        label="",
        caption="",
        quality="ok",
        bbox=mask.box,
        area=mask.area,
        png=mask.png(),
    )
