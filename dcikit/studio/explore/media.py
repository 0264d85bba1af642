"""Photos as browsers show them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from dcikit.data.record import Box
from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.schema.errors import DataError

SHOWN = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "BMP": "image/bmp"}
"""The formats that browsers show -> their media types."""

THUMBNAIL = 192
"""Pixels of the longer side of a photo in the list."""

CROP = 360
"""Pixels of the longer side of a crop."""

_QUALITY = 82


def shown_photo(data: bytes, image_id: str) -> tuple[bytes, str]:
    """The photo's own bytes and their media type; as PNG, where browsers do not show its format.

    Raises:
        DataError: if it is no photo.
    """
    with _photo(data, image_id) as image:
        if image.format in SHOWN:
            return data, SHOWN[image.format]
        return _encoded(rgb(image), "PNG"), "image/png"


def small_photo(data: bytes, image_id: str, side: int, box: Box | None = None) -> bytes:
    """The photo, or a box of it, as a JPEG of at most `side` pixels a side.

    Raises:
        DataError: if it cannot be decoded.
    """
    with _photo(data, image_id) as image:
        if box is None:
            image.draft("RGB", (2 * side, 2 * side))  # a JPEG need not be decoded at its full size
        small = rgb(image) if box is None else rgb(image).crop(box)
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        return _encoded(small, "JPEG")


@contextmanager
def _photo(data: bytes, image_id: str) -> Iterator[Image.Image]:
    try:
        with opened_image(data) as image:
            yield image
    except ImageError as error:
        raise DataError(f"the photo of image {image_id}", "", str(error), "put it there again") from None


def _encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=_QUALITY)
    return buffer.getvalue()
