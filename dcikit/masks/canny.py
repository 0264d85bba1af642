"""Edges of a photo: Canny's, on what a bilateral filter leaves of its texture, as OpenCV computes both."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

DIAMETER = 11
SIGMA_COLOUR = 61.0
SIGMA_SPACE = 39.0
"""Of the bilateral filter."""

LOW, HIGH = 100, 250
"""Of the gradient: an edge has more than LOW everywhere and more than HIGH somewhere."""

_STRIP = 1 << 16
"""Pixels that are filtered at a time."""

_TANGENT = 13573
"""tan 22.5° in units of 2**-15."""


def canny_edges(photo: Image.Image) -> np.ndarray:
    """The boolean (H, W) edges of an RGB photo, one pixel wide."""
    from scipy import ndimage

    pixels = np.asarray(photo)
    height, width = pixels.shape[:2]
    weak = np.zeros((height, width), bool)
    strong = np.zeros((height, width), bool)
    strip, halo = max(_STRIP // width, 16), 2
    for top in range(0, height, strip):
        bottom = min(top + strip, height)
        first, last = max(top - halo, 0), min(bottom + halo, height)
        thin, magnitude = _ridges(_smoothed(pixels, first, last))
        rows = slice(top - first, bottom - first)
        weak[top:bottom] = thin[rows]
        strong[top:bottom] = thin[rows] & (magnitude[rows] > HIGH)
    pieces, count = ndimage.label(weak, np.ones((3, 3)))
    has_strong = np.zeros(count + 1, bool)
    has_strong[pieces[strong]] = True
    return has_strong[pieces]


def _smoothed(pixels: np.ndarray, first: int, last: int) -> np.ndarray:
    """Rows of the photo (rows, W, 3) after the bilateral filter, rounded; beyond its border it is mirrored."""
    radius = DIAMETER // 2
    height, width = pixels.shape[:2]
    rows, columns = (
        _mirrored(np.arange(start - radius, end + radius), count)
        for start, end, count in ((first, last, height), (0, width, width))
    )
    around = torch.from_numpy(pixels[rows][:, columns].astype(np.float32).transpose(2, 0, 1).copy())
    centre = around[:, radius:-radius, radius:-radius]
    total, weights = torch.zeros_like(centre), torch.zeros(centre.shape[1:])
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dy * dy + dx * dx > radius * radius:
                continue
            y, x = radius + dy, radius + dx
            other = around[:, y : y + centre.shape[1], x : x + centre.shape[2]]
            apart = (other - centre).abs_().sum(0)
            space = -(dy * dy + dx * dx) / (2 * SIGMA_SPACE**2)
            weight = apart.square_().mul_(-1 / (2 * SIGMA_COLOUR**2)).add_(space).exp_()
            weights += weight
            total.addcmul_(other, weight)
    return (total / weights).round_().permute(1, 2, 0).numpy().astype(np.int32)


def _mirrored(index: np.ndarray, count: int) -> np.ndarray:
    """Indices beyond a line of `count` pixels, reflected at its first and last one."""
    period = max(2 * (count - 1), 1)
    index = np.abs(index) % period
    return np.minimum(index, period - index) if count > 1 else np.zeros_like(index)


def _ridges(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the gradient of (H, W, 3) is over LOW and the largest across the edge, and the gradient |dx| + |dy|.

    Of the three channels the one with the largest gradient counts. Outside the array there is none, so where the
    photo goes on, its first or last two rows are not valid.
    """
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    dx = across[:, 2:] - across[:, :-2]
    down = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    dy = down[2:] - down[:-2]
    size = np.abs(dx) + np.abs(dy)
    channel = size.argmax(axis=2)[..., None]
    dx, dy, size = (np.take_along_axis(each, channel, 2)[..., 0] for each in (dx, dy, size))

    around = np.pad(size, 1)

    def beside(row: int, column: int) -> np.ndarray:
        return around[1 + row : 1 + row + size.shape[0], 1 + column : 1 + column + size.shape[1]]

    x, y = np.abs(dx).astype(np.int64), np.abs(dy).astype(np.int64) << 15
    flat, steep = x * _TANGENT, x * _TANGENT + (x << 16)
    lying = (size > beside(0, -1)) & (size >= beside(0, 1))
    standing = (size > beside(-1, 0)) & (size >= beside(1, 0))
    falling = (size > beside(-1, -1)) & (size > beside(1, 1))
    rising = (size > beside(-1, 1)) & (size > beside(1, -1))
    slanted = np.where((dx ^ dy) < 0, rising, falling)
    ridge = np.where(y < flat, lying, np.where(y > steep, standing, slanted))
    return ridge & (size > LOW), size
