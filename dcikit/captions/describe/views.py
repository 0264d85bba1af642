"""What a model is shown of a region: its pixels in their surroundings, as a small JPEG."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageFilter

from dcikit.data.bitmap import decode
from dcikit.data.record import Box, Mask
from dcikit.data.regions import crop_box

CROPS = ("outline", "blur", "boxes")
"""How a region is told from what is around it: by a line, by blurring the rest, not at all."""

OUTLINE = (255, 0, 255)
"""The line's colour, which the prompt names."""

LONGEST_SIDE = 1024
"""Pixels; larger views are scaled down."""

_CONTEXT = 0.5
"""Share of the width and height of a region that is shown around it, on every side."""

_LINE = 200
_BLUR = 30
"""The longer side of a view has so many times the width of the line, and the radius of the blur."""

_THINNEST = 3
"""Pixels of the line."""

_QUALITY = 90


def photo_view(photo: Image.Image) -> bytes:
    """The whole photo, which is RGB."""
    return _jpeg(_scaled(photo, photo.size))


def region_view(photo: Image.Image, mask: Mask, crops: str) -> bytes:
    """A region: with "boxes" the crop that sDCI scores, with the others more of its surroundings.

    Args:
        photo: RGB.
        mask: of the photo's size.
        crops: one of `CROPS`.
    """
    box = crop_box(mask.bbox, *photo.size) if crops == "boxes" else _surroundings(mask.bbox, *photo.size)
    size = (max(1, box[2] - box[0]), max(1, box[3] - box[1]))
    view = _scaled(photo.crop((box[0], box[1], box[0] + size[0], box[1] + size[1])), size)
    if crops == "boxes":
        return _jpeg(view)
    inside = Image.fromarray(decode(mask.png)).crop(box).convert("L").resize(view.size, Image.Resampling.NEAREST)
    longer = max(view.size)
    if crops == "blur":
        blurred = view.filter(ImageFilter.GaussianBlur(max(2, longer // _BLUR)))
        return _jpeg(Image.composite(view, blurred, inside))
    around = inside.filter(ImageFilter.MaxFilter(2 * max(_THINNEST, longer // _LINE) + 1))
    view.paste(OUTLINE, mask=ImageChops.subtract(around, inside))
    return _jpeg(view)


def _surroundings(bbox: Box, width: int, height: int) -> Box:
    x0, y0, x1, y1 = bbox
    across, down = int(_CONTEXT * (x1 - x0)), int(_CONTEXT * (y1 - y0))
    return max(x0 - across, 0), max(y0 - down, 0), min(x1 + across, width), min(y1 + down, height)


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    factor = min(1.0, LONGEST_SIDE / max(size))
    smaller = (max(1, round(size[0] * factor)), max(1, round(size[1] * factor)))
    return image.resize(smaller, Image.Resampling.LANCZOS) if factor < 1 else image.copy()


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.info.clear()  # Pillow would write a comment and a colour profile of the photo's file
    image.save(file, "JPEG", quality=_QUALITY, subsampling=0)  # thin lines keep their colour
    return file.getvalue()
