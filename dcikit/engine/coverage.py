"""How much of a mask lies in each patch of a crop."""

from __future__ import annotations

import numpy as np


def covered(mask: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The area of a mask in each patch of an even grid over it, exactly (docs/protocol.md §13).

    >>> covered(np.array([[True, False, False]]), (1, 2))  # each patch is as large as a pixel and a half
    array([[2, 0]])

    Args:
        mask: booleans (H, W).
        grid: h rows and w columns of patches; their edges may cut pixels.

    Returns:
        (h, w) whole numbers, in units of which a pixel has h * w, and a patch H * W.
    """
    rows = _filled(mask, 1)
    columns = _filled(mask[rows], 0)
    # float32 is exact up to 2**24, float64 up to 2**53: a row sums up to W, all of it to H * W
    by_column = mask[rows, columns].astype(np.float32) @ _overlaps(mask.shape[1], grid[1])[columns].astype(np.float32)
    return (_overlaps(mask.shape[0], grid[0])[rows].T @ by_column.astype(np.float64)).astype(np.int64)


def _filled(mask: np.ndarray, along: int) -> slice:
    """From the first to the last line along an axis that has a pixel of the mask."""
    lines = np.flatnonzero(mask.any(axis=along))
    return slice(lines[0], lines[-1] + 1) if len(lines) else slice(0)


def _overlaps(pixels: int, patches: int) -> np.ndarray:
    """(pixels, patches): how much of a pixel is in a patch, along one side that both divide evenly."""
    pixel, patch = np.arange(pixels)[:, None] * patches, np.arange(patches) * pixels
    return np.clip(np.minimum(pixel + patches, patch + pixels) - np.maximum(pixel, patch), 0, None)
