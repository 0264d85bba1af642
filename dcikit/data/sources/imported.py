"""Images of another dataset, as its importer finds them, and the release folder that they become."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dcikit.files.images import ImageError, opened_image
from dcikit.files.json_node import Node, load_json
from dcikit.files.json_values import text, texts
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import DataError, check_on_error
from dcikit.schema.regions import OTHER_KINDS

from ..annotation import complete
from ..parse import parse_record
from ..record import Record
from ..release_writer import JOURNAL, ReleaseWriter

Notes = list[tuple[str, str]]
"""What was skipped or changed, and where, such as ("crowd segments", "12")."""

SOURCE = "source.json"
"""In a release that was imported: name, title, homepage, licence, the file, and counts."""

MISSING = "missing photos"
DEFECTS = "images with defects"


@dataclass(frozen=True)
class Frame:
    """What the record of an image stands on: its number, the name of its photo, its width and height in pixels."""

    image_id: str
    file_name: str
    width: int
    height: int


@dataclass(frozen=True)
class SourceImage:
    """An image of another dataset.

    Attributes:
        key: where it is in the source, for errors and lists.
        image_id: digits, unique in the source.
        split: train, validation or test.
        file_name: of the photo, inside the folder of images.
        size: (width, height) as the source says; None: it does not.
        build: makes the record, and notes what it leaves out.
        extra: more keys for the annotation file, such as the source's own id; `build` may add some.
        missing: why there is no such image; None: there is.
    """

    key: str
    image_id: str
    split: str
    file_name: str
    size: tuple[int, int] | None
    build: Callable[[Frame, Notes], Record]
    extra: dict[str, Any] = field(default_factory=dict)
    missing: str | None = None


@dataclass(frozen=True)
class Source:
    """Another dataset: where it comes from, under which licence, and how it is read.

    Attributes:
        images: the images of a file, in the same order every time; given that file and the folder of images.
        summaries: whether it has summaries and negatives.
        kinds: of negatives, those that are not the paper's.
    """

    name: str
    title: str
    homepage: str
    licence: str
    images: Callable[[Path, Path | None], Iterator[SourceImage]]
    summaries: bool = False
    kinds: tuple[str, ...] = ()


def import_release(
    source: Source, path: Path, images: Path | None, folder: Path, on_error: str = "raise"
) -> Iterator[SourceImage]:
    """Writes a release folder of another dataset, with `source.json` and README.md; goes on where it was interrupted.

    Args:
        path: the source's file, or folder.
        images: the folder of its photos, or a release folder; None: a release without photos, if the source knows
            their sizes.
        on_error: `skip` leaves images with defects out, and says so; `raise` stops at the first.

    Yields:
        Each image, once it is written or skipped.

    Raises:
        DataError: at the first defect.
        ArgumentError: if an argument is wrong.
    """
    check_on_error(on_error)
    if not path.exists():
        raise DataError(str(path), "", "the file is missing", f"give the file of {source.title}")
    if images is not None and not images.is_dir():
        raise DataError(str(images), "", "is not a folder", f"give the folder with the images of {path}")
    photos = images
    if images is not None and (images / "splits.json").is_file():
        photos = images / "photos" if (images / "photos").is_dir() else None
    with ReleaseWriter(folder, _identity(source, path, images, on_error), summaries=source.summaries) as writer:
        for image in source.images(path, images):
            if writer.wants_next():
                _write(writer, image, path, photos, on_error)
            yield image
        counts = writer.finish()
    about = {key: value for key, value in asdict(source).items() if isinstance(value, str)}
    said = {**about, "kinds": source.kinds, "file": path.name, "counts": counts}
    write_whole(folder / SOURCE, json.dumps(said, indent=1).encode())
    write_whole(folder / "README.md", _readme(source, path, counts).encode())


def read_source(folder: Path) -> dict[str, str] | None:
    """Name, title, homepage and licence of what a release was imported from; None if it was not.

    Raises:
        DataError: if its `source.json` does not say them.
    """
    if not (folder / SOURCE).is_file():
        return None
    document = load_json(folder / SOURCE, "import it again")
    return {name: document.get(name, text) for name in ("name", "title", "homepage", "licence")}


def kinds_of(folder: Path) -> tuple[str, ...]:
    """The kinds of negatives that a release has beyond the paper's.

    Raises:
        DataError: if its `source.json` names others than `OTHER_KINDS`.
    """
    if not (folder / SOURCE).is_file():
        return ()
    document = load_json(folder / SOURCE, "import it again")
    kinds = document.find("kinds", texts) or []
    if unknown := set(kinds) - set(OTHER_KINDS):
        raise document.error(f"must be some of {', '.join(OTHER_KINDS)}, got {min(unknown)!r}", "correct it", "kinds")
    return tuple(kinds)


def _write(writer: ReleaseWriter, image: SourceImage, path: Path, images: Path | None, on_error: str) -> None:
    notes: Notes = []
    if image.missing is not None:
        writer.leave_out(image.split, image.missing, image.key)
        return
    try:
        _check(image, path)
        photo = None if images is None else _photo(images, image, path)
        if photo is not None and not photo.is_file():
            writer.leave_out(image.split, MISSING, f"{image.key}: {image.file_name}")
            return
        size = image.size if photo is None else _size(photo)
        if size is None:
            raise DataError(str(path), image.key, "says no width and height", "give the folder of the images")
        if image.size is not None and image.size != size:
            problem = f"is an image of {image.size[0]}x{image.size[1]}, but the photo has {size[0]}x{size[1]}"
            raise DataError(str(path), image.key, problem, f"put the photo that it was made for at {photo}")
        record = image.build(Frame(image.image_id, photo_name(image), *size), notes)
        _, defects = parse_record(Node(complete(record), str(path), image.key), image.image_id, photo_size=size)
        if defects:
            raise defects[0]
    except DataError as error:
        if on_error == "raise":
            raise
        writer.leave_out(image.split, DEFECTS, str(error))
        return
    writer.add(record, image.split, photo, extra=image.extra, notes=notes)


def _check(image: SourceImage, path: Path) -> None:
    if not (image.image_id.isascii() and image.image_id.isdigit()):
        raise DataError(str(path), image.key, f"the id {image.image_id!r} is not a number", "correct the id")
    parts = image.file_name.replace("\\", "/").split("/")
    if "\0" in image.file_name or "\\" in image.file_name or not all(parts) or ".." in parts or "." in parts:
        problem = f"{image.file_name!r} is not the name of a file inside a folder"
        raise DataError(str(path), image.key, problem, "correct the name")


def photo_name(image: SourceImage) -> str:
    """The name in photos/: its own, or the image's number where its own has folders."""
    name = image.file_name
    return name if "/" not in name else f"{image.image_id}{os.path.splitext(name)[1]}"


def _photo(images: Path, image: SourceImage, path: Path) -> Path:
    photo = images / image.file_name
    if not Path(os.path.realpath(photo)).is_relative_to(os.path.realpath(images)):
        problem = f"{image.file_name!r} is a link that leaves {images}"
        raise DataError(str(path), image.key, problem, "put the file itself there")
    return photo


def _size(photo: Path) -> tuple[int, int]:
    try:
        with opened_image(photo) as opened:
            return opened.size
    except (OSError, ImageError) as error:
        raise DataError(str(photo), "", f"cannot be read as an image: {error}", "put the image there again") from None


def _identity(source: Source, path: Path, images: Path | None, on_error: str) -> str:
    stat = path.stat()
    where = None if images is None else os.path.realpath(images)
    parts = [source.name, os.path.realpath(path), stat.st_size, stat.st_mtime_ns, where, on_error]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _readme(source: Source, path: Path, counts: dict[str, int]) -> str:
    return "\n".join(
        [
            f"# {source.title}",
            "",
            f"Source: {source.homepage}",
            f"Licence: {source.licence}",
            "",
            f"Made by `dci import {source.name}` from `{path.name}`, in the layout of Densely Captioned Images.",
            f"What was skipped or changed is listed in `{JOURNAL}`:",
            "",
            *(f"- {name}: {count:,}" for name, count in sorted(counts.items())),
            "",
        ]
    )
