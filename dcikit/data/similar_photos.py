"""Photos that are nearly the same, by a perceptual hash: one photo in other sizes and qualities, frames of a burst."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

_SIDE = 8

BITS = 2 * _SIDE * _SIDE


def difference_hash(photo: Image.Image) -> np.ndarray:
    """Which of the neighbouring cells of a coarse grey copy is brighter, across and down: shape (BITS / 8,), uint8.

    Scaling, compression and a change of brightness leave it nearly as it is; a crop or a mirror image do not.
    """
    grey = photo.convert("L")
    across = np.asarray(grey.resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)).astype(int)
    down = np.asarray(grey.resize((_SIDE, _SIDE + 1), Image.Resampling.BOX)).astype(int)
    brighter = np.concatenate([np.diff(across, axis=1) > 0, np.diff(down, axis=0).T > 0])
    return np.packbits(brighter)


def similar_groups(hashes: Sequence[np.ndarray], most: int) -> list[list[int]]:
    """Indices of the photos in groups, whose members are linked by pairs that differ in at most `most` bits.

    Groups are in the order of their first members.
    """
    group = list(range(len(hashes)))
    table = np.array(hashes, np.uint8)
    for index in range(1, len(hashes)):
        distances = np.bitwise_count(table[:index] ^ table[index]).sum(axis=1)
        for other in np.flatnonzero(distances <= most):
            one, two = sorted((_first(group, index), _first(group, int(other))))
            group[two] = one
    found: dict[int, list[int]] = {}
    for index in range(len(hashes)):
        found.setdefault(_first(group, index), []).append(index)
    return list(found.values())


def _first(group: list[int], index: int) -> int:
    while group[index] != index:
        index = group[index]
    return index
