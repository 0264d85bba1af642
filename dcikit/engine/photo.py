"""The photo of a row and the masks of its regions, whatever form they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from dcikit.files.images import MASK_FORMATS, ImageError, opened_image, rgb
from dcikit.files.packed_png import unpacked
from dcikit.schema.errors import DataError


def open_photo(row: Mapping[str, Any]) -> Image.Image:
    """The photo of a row, decoded, as RGB whatever its mode. Like the protocol, it ignores EXIF orientation.

    Raises:
        ValueError: if the row was loaded without photos.
        DataError: if the photo cannot be decoded.
    """
    name = row.get("file_name") or row["image_id"]
    value = _given(row.get("image"))
    if value is None:
        raise ValueError(f"image {name} has no photo; load the dataset with photos=True")
    try:
        if isinstance(value, Image.Image):
            return rgb(value)
        with opened_image(value) as image:
            return rgb(image)
    except (OSError, ImageError) as error:
        raise DataError(str(name), "", f"the photo cannot be decoded: it {error}", "put it there again") from None


def open_mask(value: Any, size: tuple[int, int], where: str) -> Image.Image:
    """A mask, decoded, mode L: 255 where it is not 0, else 0.

    Args:
        value: as a row has it.
        size: (width, height) of the photo.
        where: the region, for errors.

    Raises:
        DataError: if it cannot be decoded, or is not as large as the photo.
    """
    value = _given(value)
    try:
        if isinstance(value, Image.Image):
            mode, mask = value.mode, value.convert("L")
        else:
            with opened_image(value, MASK_FORMATS) as image:
                mode, mask = image.mode, image.convert("L")
    except (OSError, ImageError) as error:
        raise DataError(where, "mask", f"the mask cannot be decoded: it {error}", "put it there again") from None
    if mask.size != size:
        problem = "the mask has {}x{} pixels, the photo {}x{}".format(*mask.size, *size)
        raise DataError(where, "mask", problem, "give a mask as large as the photo")
    return mask if mode == "1" else mask.point([0] + [255] * 255)


def mask_pixels(value: Any, size: tuple[int, int], where: str) -> np.ndarray:
    """What `open_mask` gives, as booleans (H, W); most 1-bit PNGs are read without Pillow, which is faster."""
    given = _given(value)
    pixels = unpacked(given) if isinstance(given, bytes) else None
    if pixels is None or pixels.shape != size[::-1]:
        return np.asarray(open_mask(value, size, where)) > 0
    return pixels


def _given(value: Any) -> Any:
    """An image as a row has it: decoded, or its bytes or path; None: there is none."""
    if isinstance(value, Mapping):
        return value["bytes"] if value.get("bytes") is not None else value.get("path")
    return value
