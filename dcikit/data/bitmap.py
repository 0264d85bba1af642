"""Masks as pixels: boolean arrays of shape (H, W), and the release's 1-bit PNGs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from dcikit.files.images import MASK_FORMATS, opened_image
from dcikit.files.packed_png import unpacked

from .record import Box, Mask

MAX_PIXELS = 2**27
"""The largest image whose masks are drawn: a size that somebody else's file claims costs no more memory than that."""


def mask_of(mask_id: str, pixels: np.ndarray, **fields: Any) -> Mask:
    """A mask with the box and the area of its pixels, shape (H, W); `fields` are further ones of `Mask`."""
    texts = {"parent_id": None, "child_ids": (), "label": "", "caption": "", "quality": "ok"}
    size = {"bbox": box_of(pixels), "area": int(np.count_nonzero(pixels)), "png": encode(pixels)}
    return Mask(mask_id=mask_id, **{**texts, **size, **fields})


def box_of(pixels: np.ndarray) -> Box:
    """The box of the set pixels; all zeros if none is."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else (0, 0, 0, 0)


def filled(box: Box, width: int, height: int) -> np.ndarray:
    """The pixels inside a box."""
    x0, y0, x1, y1 = box
    pixels = np.zeros((height, width), bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


def polygon(points: Sequence[tuple[float, float]], width: int, height: int) -> np.ndarray:
    """The pixels whose centres are inside a polygon of (x, y), by the even-odd rule."""
    toggles = np.zeros((height, width + 1), bool)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        top, end = sorted((y0, y1))
        rows = np.arange(*(int(np.ceil(np.clip(y, 0, height) - 0.5)) for y in (top, end)))
        if len(rows):
            crossings = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            toggles[rows, np.ceil(np.clip(crossings, 0, width) - 0.5).astype(int)] ^= True
    return np.logical_xor.accumulate(toggles, axis=1)[:, :width]


def encode(pixels: np.ndarray) -> bytes:
    """The 1-bit PNG."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, bool)).save(file, "PNG")
    return file.getvalue()


def decode(png: bytes) -> np.ndarray:
    """The pixels of a PNG; whatever is not zero is set.

    Raises:
        ValueError: if it cannot be decoded.
    """
    pixels = unpacked(png)
    if pixels is not None:
        return pixels
    with opened_image(png, MASK_FORMATS) as image:
        return np.asarray(image) != 0
