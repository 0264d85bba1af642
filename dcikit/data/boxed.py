"""Masks as the pixels inside their box: most are a small part of their image, and the rest need not be touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dcikit.files.packed_png import packed_rows

from .bitmap import box_of, decode
from .record import Box


@dataclass(frozen=True)
class BoxedMask:
    """A mask of an image.

    Attributes:
        width, height: of the image.
        box: of the set pixels; all zeros if none is.
        pixels: boolean, those inside the box.
    """

    width: int
    height: int
    box: Box
    pixels: np.ndarray

    def row_runs(self) -> tuple[np.ndarray, np.ndarray]:
        """Where runs of set pixels start and end (exclusive) if the image is read row by row."""
        x0, y0, _, _ = self.box
        return _runs(self.pixels, y0 * self.width + x0, self.width)

    def column_runs(self) -> tuple[np.ndarray, np.ndarray]:
        """The same column by column."""
        x0, y0, _, _ = self.box
        return _runs(np.ascontiguousarray(self.pixels.T), x0 * self.height + y0, self.height)


def boxed(pixels: np.ndarray) -> BoxedMask:
    """The mask of boolean pixels (H, W)."""
    x0, y0, x1, y1 = box = box_of(pixels)
    return BoxedMask(pixels.shape[1], pixels.shape[0], box, pixels[y0:y1, x0:x1])


def boxed_png(png: bytes) -> BoxedMask:
    """The mask of a PNG; whatever is not zero is set.

    Raises:
        ValueError: if it cannot be decoded.
    """
    packed = packed_rows(png)
    if packed is None:
        return boxed(decode(png))
    rows, width = packed
    filled_rows = np.flatnonzero(rows.any(axis=1))
    if not len(filled_rows):
        return BoxedMask(width, len(rows), (0, 0, 0, 0), np.zeros((0, 0), bool))
    top, bottom = int(filled_rows[0]), int(filled_rows[-1]) + 1
    filled_bytes = np.flatnonzero(rows[top:bottom].any(axis=0))
    left, right = int(filled_bytes[0]), int(filled_bytes[-1]) + 1
    count = min(8 * right, width) - 8 * left  # behind the last pixel of a row may stand anything
    inside = np.unpackbits(np.ascontiguousarray(rows[top:bottom, left:right]), axis=1, count=count).view(bool)
    x0, y0, x1, y1 = box_of(inside)
    box = (8 * left + x0, top + y0, 8 * left + x1, top + y1) if x1 else (0, 0, 0, 0)
    return BoxedMask(width, len(rows), box, inside[y0:y1, x0:x1])


def _runs(lines: np.ndarray, first: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the lines of a box whose first pixel is at `first`, in an image of lines of this length.

    A run that fills its line goes on in the next.
    """
    edges = np.zeros((lines.shape[0], lines.shape[1] + 1), bool)
    edges[:, :-1] = lines
    edges[:, 1:] ^= lines
    found = np.flatnonzero(edges)
    flat = first + found + found // edges.shape[1] * (length - edges.shape[1])
    starts, ends = flat[::2], flat[1::2]
    if not len(flat):
        return starts, ends
    apart = starts[1:] != ends[:-1]
    return starts[np.append(True, apart)], ends[np.append(apart, True)]
