"""The photo of a row, whatever form it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.schema.errors import DataError


def open_photo(row: Mapping[str, Any]) -> Image.Image:
    """The photo of a row, decoded, as RGB whatever its mode. Like the protocol, it ignores EXIF orientation.

    Raises:
        ValueError: if the row was loaded without photos.
        DataError: if the photo cannot be decoded.
    """
    name = row.get("file_name") or row["image_id"]
    value = row.get("image")
    if isinstance(value, Mapping):
        value = value["bytes"] if value.get("bytes") is not None else value.get("path")
    if value is None:
        raise ValueError(f"image {name} has no photo; load the dataset with photos=True")
    try:
        if isinstance(value, Image.Image):
            return rgb(value)
        with opened_image(value) as image:
            return rgb(image)
    except (OSError, ImageError) as error:
        raise DataError(str(name), "", f"the photo cannot be decoded: it {error}", "put it there again") from None
