"""What a model sees of a region: pure functions on pixels (docs/protocol.md §10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

KINDS = ("crop", "gray", "blur", "outline")

RED = (255, 0, 0)


@dataclass(frozen=True)
class View:
    """One look at a region.

    Attributes:
        kind: one of `KINDS`.
        box: [x0, y0, x1, y1] pixels of the photo; None: the whole photo.
        mask: the region's mask, a PNG as large as the photo, in any form that a row has; None: the pixels of the box
            as they are, whatever the kind.
    """

    kind: str
    box: tuple[int, int, int, int] | None
    mask: Any = None


def seen(photo: Image.Image, mask: Image.Image | None, view: View) -> Image.Image:
    """The pixels of a view.

    Args:
        photo: RGB.
        mask: of the photo's size, mode L, 255 inside and 0 outside; None: there is none.
    """
    crop = photo.crop(view.box) if view.box else photo
    if mask is None or view.kind == "crop":
        return crop
    if view.kind == "outline":
        return outlined(photo, mask)
    outside = dimmed(crop) if view.kind == "gray" else blurred(crop)
    return Image.composite(crop, outside, mask.crop(view.box) if view.box else mask)


def dimmed(image: Image.Image) -> Image.Image:
    """Each channel v as v // 3 + 84: pale, from 84 to 169."""
    return image.point([value // 3 + 84 for value in range(256)] * len(image.getbands()))


def blurred(image: Image.Image) -> Image.Image:
    """A Gaussian blur by Pillow; its standard deviation is 1/28 of the shorter side, 8 of 224 pixels."""
    return image.filter(ImageFilter.GaussianBlur(min(image.size) / 28))


def outlined(photo: Image.Image, mask: Image.Image) -> Image.Image:
    """The photo with a red line around the mask, outside of it.

    A pixel is red if it is not of the mask, but a pixel of the mask is at most w rows and w columns away; w is 1/100
    of the photo's shorter side, rounded down, at least 1.
    """
    width = max(min(photo.size) // 100, 1)
    inside = np.asarray(mask) > 0
    line = _grown(_grown(inside, width, 0), width, 1) & ~inside
    pixels = np.array(photo)
    pixels[line] = RED
    return Image.fromarray(pixels)


def _grown(inside: np.ndarray, by: int, axis: int) -> np.ndarray:
    """Whether something is inside at most `by` pixels away along an axis."""
    length = inside.shape[axis]
    counts = np.insert(np.cumsum(inside, axis=axis, dtype=np.int32), 0, 0, axis=axis)
    place = np.arange(length)
    last, first = np.minimum(place + by + 1, length), np.maximum(place - by, 0)
    return counts.take(last, axis) > counts.take(first, axis)
