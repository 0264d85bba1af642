"""The paper's rules for masks, written plainly: whole boolean arrays, fractions, nothing left out to be fast."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np


def area(mask: np.ndarray) -> int:
    return int(mask.sum())


def near_equal(one: np.ndarray, other: np.ndarray, share: Fraction) -> bool:
    sizes = (area(one) + 1, area(other) + 1)
    if min(Fraction(sizes[0], sizes[1]), Fraction(sizes[1], sizes[0])) < share:
        return False
    apart = int((one ^ other).sum())
    return all(Fraction(apart, size) <= 1 - share for size in sizes)


def contained(mask: np.ndarray, group: np.ndarray) -> bool:
    return Fraction(int((mask & group).sum()), area(mask) + 1) > Fraction(90, 100)


def group_once(masks: Sequence[np.ndarray], scores: Sequence[float], indices: Sequence[int]) -> dict[int, Any]:
    """The nested groups {index: groups of its members} by one walk through the masks."""
    groups: list[list[Any]] = []
    for index in sorted(indices, key=lambda index: area(masks[index]), reverse=True):
        mask = masks[index]
        same = [group for group in groups if near_equal(masks[group[0]], mask, Fraction(95, 100))]
        around = [group for group in groups if contained(mask, masks[group[0]])]
        if same:
            found, joins = same[0], False
        elif around:
            found = around[0]
            joins = Fraction(area(mask), area(masks[found[0]])) <= Fraction(90, 100)
        else:
            groups.append([index, []])
            continue
        if joins:
            found[1].append(index)
        elif scores[index] > scores[found[0]]:
            found[0] = index
    return {group: group_once(masks, scores, members) for group, members in groups}


def group_plainly(masks: Sequence[np.ndarray], scores: Sequence[float]) -> dict[int, int]:
    """What `group_masks` is to give: the rules, until they change nothing."""

    def flat(groups: dict[int, Any], parent: int = -1) -> dict[int, int]:
        return {
            key: value
            for group, inside in groups.items()
            for key, value in {group: parent, **flat(inside, group)}.items()
        }

    before, found = None, flat(group_once(masks, scores, range(len(masks))))
    while before != found:
        before, found = found, flat(group_once(masks, scores, sorted(found)))
    return found


def refine(level: list[tuple[np.ndarray, list[Any]]]) -> list[tuple[np.ndarray, list[Any]]]:
    """Siblings (mask, children) after the paper's merging of those that cross."""
    done: list[tuple[np.ndarray, list[Any]]] = []
    for mask, children in level:
        node = (mask, refine(children))
        crossed = []
        for other in done:
            both = int((mask & other[0]).sum())
            if max(Fraction(both, area(mask) + 1), Fraction(both, area(other[0]) + 1)) > Fraction(3, 100):
                crossed.append(other)
        if crossed:
            whole = mask.copy()
            below: list[Any] = [node]
            for other in crossed:
                whole |= other[0]
                below += other[1]
            done = [other for other in done if not any(other is each for each in crossed)]
            node = (whole, below)
        done.append(node)
    for at, (mask, children) in enumerate(done):
        if len(children) == 1 and near_equal(mask, children[0][0], Fraction(93, 100)):
            done[at] = (mask, children[0][1])
    return done


def build_plainly(masks: Sequence[np.ndarray], scores: Sequence[float], min_area: int) -> dict[int, dict[str, Any]]:
    """What `build_tree` is to give: id -> mask, parent (-1: none) and children."""
    parents = group_plainly(masks, scores)

    def below(parent: int) -> list[tuple[np.ndarray, list[Any]]]:
        return [(masks[index], below(index)) for index, above in parents.items() if above == parent]

    tree: dict[int, dict[str, Any]] = {}
    used = 0

    def enter(level: list[tuple[np.ndarray, list[Any]]], parent: int) -> None:
        nonlocal used

        def corner(node: tuple[np.ndarray, list[Any]]) -> int:
            rows, columns = np.nonzero(node[0])
            return int(rows.min()) * 5000 + int(columns.min()) if len(rows) else 0

        for mask, children in sorted(level, key=corner):
            number, used = used, used + 1
            if area(mask) < min_area:
                continue
            tree[number] = {"mask": mask, "parent": parent, "children": []}
            if parent >= 0:
                tree[parent]["children"].append(number)
            enter(children, number)

    enter(refine(below(-1)), -1)
    return tree
