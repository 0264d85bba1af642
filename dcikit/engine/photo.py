"""The photo of a row, whatever form it comes in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

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
        value = io.BytesIO(value["bytes"]) if value.get("bytes") is not None else value.get("path")
    if value is None:
        raise ValueError(f"image {name} has no photo; load the dataset with photos=True")
    try:
        image = value if isinstance(value, Image.Image) else Image.open(value)
        return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(str(name), "", f"the photo cannot be decoded: {error}", "put it there again") from None
