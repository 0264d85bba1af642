"""How much faster `group_masks` and `build_tree` are than the same rules written plainly on boolean arrays.

    python benchmarks/masks.py [--masks 200] [--size 2250 1500]

The masks are those of an imagined photo: things, their parts and the parts of these, many of them proposed several
times with other edges. The plain rules compare whole arrays; the size of each mask is counted once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

from dcikit.masks import build_tree, group_masks


def photo_masks(count: int, width: int, height: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Ellipses: a third in the whole photo, the others in an earlier one or nearly the same as it."""
    y, x = np.ogrid[:height, :width]
    shapes = [(width / 2, height / 2, width * 0.48, height * 0.48)]
    while len(shapes) < count:
        kind, (cx, cy, rx, ry) = rng.random(), shapes[rng.integers(len(shapes))]
        if kind < 0.4:
            shapes.append((*(rng.random(2) * (width, height)), *(rng.uniform(0.03, 0.3, 2) * (width, height))))
        elif kind < 0.7 and min(rx, ry) > 30:
            shapes.append((cx + rng.uniform(-0.4, 0.4) * rx, cy + rng.uniform(-0.4, 0.4) * ry, rx * 0.45, ry * 0.45))
        else:
            shapes.append((cx, cy, *(rng.uniform(0.93, 1.0, 2) * (rx, ry))))
    return [((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1 for cx, cy, rx, ry in shapes]


def plain_groups(masks: Sequence[np.ndarray], scores: Sequence[float]) -> dict[int, int]:
    areas = [int(mask.sum()) for mask in masks]
    kept = list(range(len(masks)))
    while True:
        parents: dict[int, int] = {}
        replaced = plain_level(sorted(kept, key=lambda i: -areas[i]), -1, masks, areas, scores, parents)
        if not replaced:
            return parents
        kept = sorted(parents)


def plain_level(
    order: Sequence[int],
    parent: int,
    masks: Sequence[np.ndarray],
    areas: Sequence[int],
    scores: Sequence[float],
    parents: dict[int, int],
) -> bool:
    groups: list[int] = []
    members: list[list[int]] = []
    replaced = False

    def is_same(one: int, other: int) -> bool:
        a, b = areas[one] + 1, areas[other] + 1
        if min(a / b, b / a) < 0.95:
            return False
        return bool(np.logical_xor(masks[one], masks[other]).sum() / min(a, b) <= 0.05)

    def is_in(one: int, other: int) -> bool:
        return bool(np.logical_and(masks[one], masks[other]).sum() / (areas[one] + 1) > 0.90)

    for index in order:
        at = next((at for at, group in enumerate(groups) if is_same(index, group)), None)
        if at is None:
            at = next((at for at, group in enumerate(groups) if is_in(index, group)), None)
            if at is None:
                groups.append(index)
                members.append([])
                continue
            if areas[index] / areas[groups[at]] <= 0.90:
                members[at].append(index)
                continue
        if scores[index] > scores[groups[at]]:
            groups[at], replaced = index, True
    for group, inside in zip(groups, members, strict=True):
        parents[group] = parent
        replaced |= plain_level(inside, group, masks, areas, scores, parents)
    return replaced


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--masks", type=int, default=200)
    parser.add_argument("--size", type=int, nargs=2, default=(2250, 1500))
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    masks = photo_masks(options.masks, *options.size, rng)
    scores = rng.random(len(masks)).tolist()
    start = time.perf_counter()
    expected = plain_groups(masks, scores)
    plain = time.perf_counter() - start
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = group_masks(masks, scores)
        times.append(time.perf_counter() - start)
    if found != expected:
        raise SystemExit("the groups differ")
    ours = sorted(times)[1]
    start = time.perf_counter()
    records = build_tree(masks, scores)
    tree = time.perf_counter() - start
    print(f"{len(masks)} masks of {options.size[0]}x{options.size[1]}, {len(found)} kept, {len(records)} records")
    print(f"plain rules    {plain:7.2f} s")
    print(f"group_masks    {ours:7.3f} s   {plain / ours:5.1f} times as fast, packing included")
    print(f"build_tree     {tree:7.3f} s   PNGs included")


if __name__ == "__main__":
    main()
