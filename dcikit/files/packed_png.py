"""1-bit PNGs as they are, 8 pixels a byte: many times as fast as Pillow, which spreads them to a byte a pixel and back.

Only what masks are made of is read: grey, one bit, not interlaced. Pillow reads all others.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import numpy as np

from . import limits

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBBBBB")
_ONE_BIT_GREY = (1, 0, 0, 0, 0)
"""Bit depth, colour type, compression, filter, interlacing."""

_LEFT, _ABOVE, _MEAN, _PAETH = 1, 2, 3, 4
"""What a row is the difference to: the byte before, the row before, the mean of both, or the nearest to both."""

_STEPS = 2**16
"""Bytes that may depend on the one before them: with more, Pillow is faster. Masks have a few thousand."""


def unpacked(png: bytes) -> np.ndarray | None:
    """The pixels, booleans (H, W); None where `packed_rows` is."""
    packed = packed_rows(png)
    if packed is None:
        return None
    rows, width = packed
    return np.unpackbits(np.ascontiguousarray(rows), axis=1, count=width).view(bool)


def packed_rows(png: bytes) -> tuple[np.ndarray, int] | None:
    """Rows of packed bits, uint8 (H, ceil(W / 8)), and W; None if Pillow is to read it: another kind, or damaged."""
    if not png.startswith(_SIGNATURE) or len(png) < 33 or png[12:16] != b"IHDR":
        return None
    width, height, *kind = _HEADER.unpack_from(png, 16)
    size = height * ((width + 7) // 8 + 1)
    if tuple(kind) != _ONE_BIT_GREY or not width or not 0 < size <= limits.PIXELS // 4:
        return None
    data = _inflated(png, size)
    if data is None:
        return None
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    kinds = rows[:, 0]
    if kinds.max() > _PAETH or np.count_nonzero(kinds >= _MEAN) * rows.shape[1] > _STEPS:
        return None
    return _unfiltered(kinds, rows[:, 1:].copy()), width


def _inflated(png: bytes, size: int) -> bytes | None:
    """The image data, if it is whole and of just this size: nothing is inflated beyond it."""
    parts, at = [], len(_SIGNATURE)
    while at + _CHUNK.size <= len(png):
        length, kind = _CHUNK.unpack_from(png, at)
        start = at + _CHUNK.size
        if kind == b"IDAT":
            parts.append(png[start : start + length])
        elif kind == b"tRNS":
            return None
        at = start + length + 4
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(b"".join(parts), size + 1)
    except zlib.error:
        return None
    return data if len(data) == size and stream.eof else None


def _unfiltered(kinds: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows themselves, in place; those of one kind that follow each other at once."""
    bounds = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    for start, end in pairwise(bounds):
        kind = kinds[start]
        if kind == _LEFT:
            np.cumsum(rows[start:end], axis=1, dtype=np.uint8, out=rows[start:end])
        elif kind == _ABOVE:
            first = max(start - 1, 0)
            np.cumsum(rows[first:end], axis=0, dtype=np.uint8, out=rows[first:end])
        elif kind:
            undo = _undo_mean if kind == _MEAN else _undo_paeth
            for place in range(start, end):
                above = rows[place - 1] if place else np.zeros_like(rows[0])
                rows[place] = undo(rows[place].tolist(), above.tolist())
    return rows


def _undo_mean(differences: list[int], above: list[int]) -> list[int]:
    row, left = [], 0
    for difference, up in zip(differences, above, strict=True):
        left = (difference + (left + up) // 2) & 255
        row.append(left)
    return row


def _undo_paeth(differences: list[int], above: list[int]) -> list[int]:
    """Of the bytes to the left, above, and above to the left, the nearest to left + above - above left was taken."""
    row, left, corner = [], 0, 0
    for difference, up in zip(differences, above, strict=True):
        if up == corner:
            nearest = left
        elif left == corner:
            nearest = up
        else:
            to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
            nearest = left if to_left <= to_up and to_left <= to_corner else up if to_up <= to_corner else corner
        left = (difference + nearest) & 255
        corner = up
        row.append(left)
    return row
