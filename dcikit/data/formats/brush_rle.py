"""Label Studio's run lengths of brush masks: a list of bytes, the alpha of an RGBA image.

Bits, most significant first: the number of values (32), 7 (5: bits of a value less one), four sizes less one (4 each);
then runs: a flag (1: one value repeated, 0: values one after another), which of the sizes (2), the length less one in
as many bits, and the value or the values of 8 bits. The values are the pixels row by row, each of them four times.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..bitmap import MAX_PIXELS
from ..boxed import BoxedMask, boxed

_SIZES = (3, 4, 8, 16)
_HEADER_BITS = 32 + 5 + 4 * len(_SIZES)
_LONGEST = 2 ** _SIZES[-1]
_CHANNELS = 4
_ALPHA = 3
_HALF = 128
"""The alpha from which a pixel is part of the mask: a brush has soft edges."""


def encode(mask: np.ndarray | BoxedMask) -> list[int]:
    """The run lengths of a mask, boolean (H, W), H and W at least 1, or of the pixels inside its box."""
    mask = mask if isinstance(mask, BoxedMask) else boxed(np.asarray(mask, bool))
    total = mask.width * mask.height
    edges = np.concatenate([[0], np.stack(mask.row_runs(), axis=1).ravel(), [total]]).astype(np.int64)
    lengths = np.diff(edges)
    values = np.arange(len(lengths)) % 2 == 1
    values, lengths = values[lengths > 0], lengths[lengths > 0] * _CHANNELS
    pieces = -(-lengths // _LONGEST)  # a run that is too long is written as several
    values = np.repeat(values, pieces)
    last = lengths - (pieces - 1) * _LONGEST
    lengths = np.full(len(values), _LONGEST)
    lengths[np.cumsum(pieces) - 1] = last
    which = np.searchsorted([2**size for size in _SIZES], lengths)
    sizes = np.array(_SIZES)[which]
    numbers = (((1 << 2 | which) << sizes | (lengths - 1)) << 8) | np.where(values, 255, 0)
    header = [(total * _CHANNELS, 32), (7, 5), *((size - 1, 4) for size in _SIZES)]
    head = "".join(f"{value:0{width}b}" for value, width in header)
    bits = np.concatenate([np.array(list(head), np.uint8), _bits(numbers, sizes + 11)])
    return np.packbits(bits).tolist()


def decode(rle: Sequence[int], width: int, height: int) -> np.ndarray:
    """The mask, boolean (height, width).

    Raises:
        ValueError: if the run lengths are not those of a mask of this size; no more memory than its is taken.
    """
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError(f"is a mask of {width}x{height}, but at most {MAX_PIXELS} pixels are read")
    if not all(type(byte) is int and 0 <= byte < 256 for byte in rle):
        raise ValueError("must be a list of bytes, 0 to 255")
    bits = np.unpackbits(np.array(rle, np.uint8))
    text = (bits + ord("0")).tobytes().decode("ascii")
    if len(bits) < _HEADER_BITS:
        raise ValueError("ends inside its header")
    total = width * height * _CHANNELS
    if (claimed := int(text[:32], 2)) != total:
        raise ValueError(f"says that it has {claimed} values, but {width}x{height} pixels have {total}")
    if int(text[32:37], 2) != 7:
        raise ValueError("has values that are not of 8 bits")
    sizes = [int(text[at : at + 4], 2) + 1 for at in range(37, _HEADER_BITS, 4)]
    parts: list[np.ndarray] = []
    done, at = 0, _HEADER_BITS
    while done < total:
        size = sizes[int(text[at + 1 : at + 3] or "0", 2)]
        repeated, begin = text[at : at + 1] == "1", at + 3 + size
        length = int(text[at + 3 : begin] or "0", 2) + 1
        at = begin + 8 * (1 if repeated else length)
        if at > len(bits):
            raise ValueError(f"ends after {done} of {total} values")
        if done + length > total:
            raise ValueError(f"goes on after its {total} values")
        found = np.packbits(bits[begin:at])
        parts.append(np.repeat(found, length) if repeated else found)
        done += length
    return np.concatenate(parts).reshape(height, width, _CHANNELS)[:, :, _ALPHA] >= _HALF


def _bits(numbers: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The last `widths` bits of each number, one after another."""
    rows = np.unpackbits(numbers.astype(">u4").view(np.uint8).reshape(-1, 4), axis=1)
    return rows[np.arange(32) >= 32 - widths[:, None]]
