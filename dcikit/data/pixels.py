"""What can be said of image files without decoding them."""

from __future__ import annotations

import binascii
import struct
from typing import Any

from dcikit.files import limits
from dcikit.files.images import MASK_FORMATS, ImageError, opened_image
from dcikit.files.json_values import Wrong, text

from .record import Box

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = struct.Struct(">II")
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_START_OF_SCAN = b"\xff\xda"
_JPEG_END = b"\xff\xd9"


def photo_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo, of one of `PHOTO_FORMATS`.

    Raises:
        ValueError: if it is no image, or a truncated one. Damage inside the pixel data shows only on decoding.
    """
    with opened_image(data) as image:
        size = image.size
        # Entropy-coded JPEG data escapes every 0xff, so an end marker after the last scan is a real one.
        if image.format == "JPEG" and data.rfind(_JPEG_END) < data.rfind(_JPEG_START_OF_SCAN):
            raise ImageError("is a truncated JPEG")
        image.verify()
    return size


def decode_mask(value: Any) -> bytes:
    """The PNG bytes behind `outer_mask`; a check like those of `files.json_values`."""
    try:
        png = binascii.a2b_base64(text(value))
    except ValueError:
        raise Wrong("is not base64", "unpack dci.tar.gz again") from None
    complete = png.endswith(_PNG_END) or _PNG_END in png  # the end is there nearly always, and found at once
    if not png.startswith(_PNG_SIGNATURE) or png[12:16] != b"IHDR" or not complete:
        raise Wrong("is not a complete PNG", "unpack dci.tar.gz again")
    width, height = png_size(png)
    if width * height > limits.PIXELS:
        raise Wrong(f"has {width}x{height} pixels, at most {limits.PIXELS:,} are decoded", "unpack dci.tar.gz again")
    return png


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG."""
    width, height = _PNG_SIZE.unpack_from(png, 16)
    return width, height


def mask_box(png: bytes) -> Box:
    """The box of a mask's set pixels; all zeros if none is set.

    Raises:
        ValueError: if the PNG cannot be decoded.
    """
    with opened_image(png, MASK_FORMATS) as image:
        return image.getbbox() or (0, 0, 0, 0)


def decode_error(data: bytes) -> str | None:
    """Why an image cannot be decoded, None if it can."""
    try:
        with opened_image(data) as image:
            image.load()
    except ImageError as error:
        return str(error)
    return None
