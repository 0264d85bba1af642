"""Crops as small JPEGs inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

_QUALITY = 82


def crop_jpeg(row: Mapping[str, Any], box: Sequence[int] | None, side: int) -> str:
    """A crop of a row's photo, or all of it, at most `side` pixels wide and high, as base64 of a JPEG.

    Raises:
        ValueError: if the row has no photo, or one that cannot be decoded.
    """
    from PIL import Image

    from dcikit.engine.photo import open_photo

    photo = open_photo(row)
    x0, y0, x1, y1 = box or (0, 0, *photo.size)
    crop = photo.crop((x0, y0, x1, y1))
    crop.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    crop.save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
