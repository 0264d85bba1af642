"""COCO's compressed run lengths of masks: column by column, zeros first, as a string.

Each length, from the fourth on less the one two before it, is written in groups of 5 bits, the lowest first. A group
is a character, its code 48 and the group, and 32 more if another one follows; the last one's highest bit is the sign.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bitmap import MAX_PIXELS
from ..boxed import BoxedMask, boxed

_BITS = 5
_FIRST = 48
_MOST = 8
"""Groups of a length: 40 bits."""


def encode(mask: np.ndarray | BoxedMask) -> dict[str, Any]:
    """`size` and `counts` of a mask: boolean (H, W), or the pixels inside its box."""
    mask = mask if isinstance(mask, BoxedMask) else boxed(np.asarray(mask, bool))
    total = mask.width * mask.height
    edges = np.stack(mask.column_runs(), axis=1).ravel()
    counts: np.ndarray = np.diff(np.concatenate([[0], edges, [total]]).astype(np.int64))
    counts = counts if counts[-1] else counts[:-1]  # the last run may be of zeros or of ones
    counts[3:] -= counts[1:-2].copy()
    characters = np.zeros((len(counts), _MOST), np.uint8)
    used = np.zeros(characters.shape, bool)
    goes_on = np.ones(len(counts), bool)
    for place in range(characters.shape[1]):
        used[:, place] = goes_on
        low = counts & 31
        counts = counts >> _BITS
        more = np.where(low & 16, counts != -1, counts != 0)  # the fifth bit is the sign of what follows
        characters[:, place] = low + 32 * more + _FIRST
        goes_on = goes_on & more
    return {"size": [mask.height, mask.width], "counts": characters[used].tobytes().decode("ascii")}


def decode(counts: str, width: int, height: int) -> np.ndarray:
    """The mask, boolean (height, width).

    Raises:
        ValueError: if these are not the run lengths of a mask of this size; no more memory than its is taken.
    """
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError(f"is a mask of {width}x{height}, but at most {MAX_PIXELS} pixels are read")
    lengths: list[int] = []
    value = shift = done = 0
    for character in counts:
        group = ord(character) - _FIRST
        if not 0 <= group < 64 or shift >= _BITS * _MOST:
            raise ValueError(f"has the character {character!r} where no run length has it")
        value |= (group & 31) << shift
        shift += _BITS
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        if len(lengths) > 2:
            value += lengths[-2]
        done += value
        if value < 0 or done > width * height:
            raise ValueError(f"has run lengths that are not those of {width}x{height} pixels")
        lengths.append(value)
        value = shift = 0
    if shift or done != width * height:
        raise ValueError(f"ends after {done} of {width * height} pixels")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(width, height).T
