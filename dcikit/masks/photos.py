"""A folder of photos, here or on a file system of fsspec, any of which may be broken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from dcikit.data.pixels import photo_size
from dcikit.files import limits
from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.files.redact import public_url
from dcikit.files.regular_file import read_regular
from dcikit.files.remote import RemoteFile, is_remote, list_folder
from dcikit.schema.errors import ArgumentError, DataError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

_ORIENTATION = 0x0112
_RELEASED = re.compile(r"sa_([0-9]+)\.jpg")


class Photo(NamedTuple):
    """A photo: the file's own bytes, its pixels as RGB, and what a reader of the masks should know of it."""

    data: bytes
    image: Image.Image
    notes: list[str]


PhotoFile = Path | RemoteFile


def list_photos(folder: Path) -> tuple[list[Path], list[str]]:
    """The photos directly in a folder, by name, and the names of what else is there.

    Raises:
        ArgumentError: if it is no folder, or has no photo.
    """
    if not folder.is_dir():
        raise ArgumentError(f"`photos` must be a folder, got {folder}; give the folder that the photos lie in")
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    photos = [path for path in shown if path.suffix.lower() in SUFFIXES and not path.is_dir()]
    _check_some(photos, str(folder))
    return photos, [path.name for path in shown if path not in photos]


def find_photos(place: str) -> tuple[Sequence[PhotoFile], list[str]]:
    """`list_photos` of a folder here, or at a URL of fsspec.

    Raises:
        ArgumentError: if it is no folder, cannot be listed, or has no photo.
    """
    if not is_remote(place):
        return list_photos(Path(place))
    files, others = list_folder(place)
    photos = [file for file in files if file.suffix.lower() in SUFFIXES]
    _check_some(photos, public_url(place))
    return photos, sorted([*others, *(file.name for file in files if file not in photos)])


def _check_some(photos: Sequence[PhotoFile], place: str) -> None:
    if not photos:
        raise ArgumentError(f"`photos` has no photo, got {place}; put {', '.join(sorted(SUFFIXES))} files there")


def annotation_name(photo: str) -> str:
    """The annotation file of a photo, whatever lies beside it: SA-1B's own number, or one made of the name."""
    released = _RELEASED.fullmatch(photo)
    number = released[1] if released else str(int(hashlib.sha256(photo.encode()).hexdigest()[:12], 16)).zfill(15)
    return f"{number}-data.json"


def read_photo(path: PhotoFile) -> Photo:
    """Reads and decodes a photo as the release's readers do: RGB, its EXIF orientation not applied.

    Raises:
        DataError: if it is broken, or larger than Pillow takes (about 179 megapixels).
    """
    try:
        limit = limits.PHOTO_BYTES
        data = path.read(limit) if isinstance(path, RemoteFile) else read_regular(path, limit)
        photo_size(data)
        with opened_image(data) as image:
            notes = _notes(image)
            return Photo(data, rgb(image), notes)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except ImageError as error:
        reason = str(error)
    raise DataError(str(path), "", reason, f"put a whole photo of at most {limits.PIXELS:,} pixels there")


def _notes(image: Image.Image) -> list[str]:
    notes = []
    if (turn := image.getexif().get(_ORIENTATION, 1)) != 1:
        notes.append(f"EXIF orientation {turn} is not applied")
    if image.mode != "RGB":
        notes.append(f"mode {image.mode} is read as RGB")
    if getattr(image, "n_frames", 1) > 1:
        notes.append("the first of its frames is read")
    return notes
