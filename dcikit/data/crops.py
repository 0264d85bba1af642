"""Crops of a photo as files of their own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ExifTags, Image

from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.schema.errors import DataError

from .record import Box, Record

_QUALITY = 95


class PhotoCrops:
    """JPEG files of the crops of an open photo. The whole of an upright JPEG is its own bytes; all else is encoded."""

    def __init__(self, data: bytes, image: Image.Image) -> None:
        self._data = data
        self._image = image
        upright = (
            image.getexif().get(ExifTags.Base.Orientation, 1) == 1
        )  # `datasets` turns others, the protocol does not
        self._whole = upright and image.format == "JPEG" and image.mode in ("RGB", "L")
        self._pixels: Image.Image | None = None

    def jpeg(self, box: Box) -> bytes:
        """The pixels inside a box."""
        if self._whole and box == (0, 0, *self._image.size):
            return self._data
        self._pixels = self._pixels or rgb(self._image)
        file = io.BytesIO()
        self._pixels.crop(box).save(file, "JPEG", quality=_QUALITY)
        return file.getvalue()


@contextmanager
def photo_crops(record: Record) -> Iterator[PhotoCrops]:
    """The crops of a record's photo, which is decoded when the first one is asked for.

    Raises:
        DataError: here or in the block, if it cannot be decoded.
    """
    data = record.photo or b""
    try:
        with opened_image(data) as image:
            yield PhotoCrops(data, image)
    except ImageError as error:
        remedy = "put the photo there again"
        raise DataError(f"photos/{record.file_name}", "", f"cannot be decoded: {error}", remedy) from None
