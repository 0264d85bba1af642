"""Somebody else's image files: opened as one of a few formats, by name, and decoded within limits.

Pillow would try whatever it knows, and start Ghostscript for what looks like PostScript.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from dcikit.schema.errors import DciError, first_line

from . import limits
from .regular_file import open_regular

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""The formats of a photo, as Pillow names them."""

MASK_FORMATS = ("PNG",)


class ImageError(ValueError):
    """Why an image cannot be used: the end of a sentence whose subject is the file."""


@contextmanager
def opened_image(source: Path | str | Any, formats: tuple[str, ...] = PHOTO_FORMATS) -> Iterator[Image.Image]:
    """An image that is decoded when its pixels are first asked for, inside the block.

    Args:
        source: the path of a file, or its bytes.
        formats: those that are tried.

    Raises:
        ImageError: here or in the block, if it is of another format, too large, or damaged.
        OSError: if the file is missing, cannot be read, or is none.
    """
    file = open_regular(Path(source), limits.PHOTO_BYTES) if isinstance(source, (str, Path)) else io.BytesIO(source)
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is ours
        try:
            with Image.open(file, formats=formats) as image:
                width, height = image.size
                if width * height > limits.PIXELS:
                    raise ImageError(f"has {width}x{height} pixels, at most {limits.PIXELS:,} are decoded")
                yield image
        except (DciError, ImageError):
            raise
        except UnidentifiedImageError:
            raise ImageError(f"is not an image that can be read ({', '.join(formats)})") from None
        except Exception as error:  # Pillow's readers raise whatever a damaged file makes them stumble over
            if isinstance(error, OSError) and error.errno is not None:  # the system's own
                raise
            raise ImageError(f"is not a readable image: {first_line(error)}") from None


def rgb(image: Image.Image) -> Image.Image:
    """A decoded image as 8-bit RGB. Of 16-bit grey it keeps the high byte, as Pillow does of 16-bit colours.

    Raises:
        ImageError: if its numbers have no known white: 32-bit integers and floats.
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ImageError(
            f"has pixels of the mode {image.mode}, which have no known white; save it with 8 bits a channel"
        )
    return image.convert("RGB")
