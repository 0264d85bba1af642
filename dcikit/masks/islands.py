"""Small holes are filled, small islands removed."""

from __future__ import annotations

import numpy as np

from .bit_mask import BitMask

_COUNTED = 1 << 22
"""Pixels that are counted at a time."""


def without_specks(mask: BitMask, min_area: int) -> BitMask:
    """The mask without holes of under `min_area` pixels, then without islands of under `min_area` pixels.

    A mask of such islands alone keeps the largest one. Pixels touch at corners too, as in SAM's own clean-up; what is
    open to the outside of the mask's box is no hole.

    Returns:
        The mask itself if nothing changes.
    """
    x0, y0, x1, y1 = mask.box
    crop = mask.crop()
    # A ring of what is outside, but where the photo ends.
    ring = ((int(y0 > 0), int(y1 < mask.height)), (int(x0 > 0), int(x1 < mask.width)))
    around = np.pad(crop, ring)
    pieces, sizes = _pieces(~around)
    outside = np.pad(np.zeros_like(crop), ring, constant_values=True)
    holes = sizes < min_area
    holes[np.unique(pieces[outside])] = False
    filled = around | holes[pieces]
    pieces, sizes = _pieces(filled)
    islands = sizes < min_area
    if islands[1:].all():
        islands[1 + int(np.argmax(sizes[1:]))] = False
    islands[0] = True
    cleaned = ~islands[pieces]
    if np.array_equal(cleaned, around):
        return mask
    top, left = ring[0][0], ring[1][0]
    cleaned = cleaned[top : top + crop.shape[0], left : left + crop.shape[1]]
    shift = x0 % 64
    return BitMask.pack(np.pad(cleaned, ((0, 0), (shift, 0))), (x0 - shift, y0), (mask.width, mask.height))


def _pieces(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of the connected piece that each pixel belongs to, 0 for none, and the pixels of each piece."""
    from scipy import ndimage

    pieces, count = ndimage.label(pixels, np.ones((3, 3)))
    flat, sizes = pieces.ravel(), np.zeros(count + 1, np.int64)
    for start in range(0, len(flat), _COUNTED):  # bincount makes 64 bits of each pixel
        sizes += np.bincount(flat[start : start + _COUNTED], minlength=count + 1)
    sizes[0] = np.iinfo(sizes.dtype).max  # it is no piece
    return pieces, sizes
