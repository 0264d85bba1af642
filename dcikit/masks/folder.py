"""A folder of photos -> a release folder with their masks, photo by photo; the same run goes on where it ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dcikit.data.annotation import write_annotation
from dcikit.data.record import Record
from dcikit.data.release import SPLIT_KEYS
from dcikit.files.exclusive import exclusive
from dcikit.files.whole_file import remove_unfinished, write_whole
from dcikit.schema.errors import ArgumentError, DataError

from .photos import PhotoFile, annotation_name, read_photo
from .sources import MaskSource
from .tree import build_tree

Apply = Callable[[Callable[[PhotoFile], "_Found"], Sequence[PhotoFile]], Iterable["_Found"]]
"""Results of a function, in the order of the photos."""


@dataclass(frozen=True)
class PhotoResult:
    """What became of a photo.

    Attributes:
        name: its file name.
        masks: how many it has in the release; None where it was written by an earlier run, or is skipped.
        notes: what was done with its pixels.
        skipped: why it is not in the release; empty if it is.
    """

    name: str
    masks: int | None = None
    notes: tuple[str, ...] = ()
    skipped: str = ""


def write_release(
    photos: Sequence[PhotoFile], folder: Path, source: MaskSource, *, min_area: int, apply: Apply = map
) -> Iterator[PhotoResult]:
    """Writes `annotations/`, `photos/` and `splits.json` (all in split test) of a release, without descriptions.

    Args:
        folder: new, or of a run with the same settings; photos that it has are not done again.
        source: its settings are kept in `masks.json`.
        min_area: pixels of the smallest mask.
        apply: finds the masks of all photos, `map` in this process, or `engine.ray_map.ray_map` in others.

    Yields:
        A result for each photo, when its files are written; splits.json is there after the last one.

    Raises:
        DciError: if the folder was made with other settings, or another run is writing to it.
    """
    settings = {**source.settings, "min_area": min_area}
    for part in ("annotations", "photos"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    with exclusive(folder / ".lock", f"another run is writing to {folder}; wait for it, or give another folder"):
        for place in (folder, folder / "annotations", folder / "photos"):
            remove_unfinished(place)
        _check_settings(folder / "masks.json", settings)
        written = []
        work = partial(_find, source=source, min_area=min_area, there=_digests(folder))
        for found in apply(work, photos):
            if found.record is not None:
                _write(folder, found.record, found.data)
            if not found.result.skipped:
                written.append(annotation_name(found.result.name))
            yield found.result
        _add_to_splits(folder / "splits.json", written)


def _digests(folder: Path) -> dict[str, str]:
    """Photo -> sha256, of those that an earlier run finished."""
    copies = (folder / "photos").iterdir()
    finished = (copy for copy in copies if (folder / "annotations" / annotation_name(copy.name)).is_file())
    return {copy.name: hashlib.sha256(copy.read_bytes()).hexdigest() for copy in finished}


@dataclass(frozen=True)
class _Found:
    """The record and the bytes of a photo that has to be written; None: there is nothing to write."""

    result: PhotoResult
    record: Record | None = None
    data: bytes = b""


def _find(path: PhotoFile, *, source: MaskSource, min_area: int, there: Mapping[str, str]) -> _Found:
    """Reads a photo, and finds its masks if it is another than the one of its name in `there`."""
    try:
        photo = read_photo(path)
        notes = tuple(photo.notes)
        if hashlib.sha256(photo.data).hexdigest() == there.get(path.name):
            return _Found(PhotoResult(path.name, notes=notes))
        proposals = source.masks(path, photo.image)
    except DataError as error:
        return _Found(PhotoResult(path.name, skipped=str(error)))
    masks = build_tree(*proposals, min_area=min_area)
    image_id = annotation_name(path.name).removesuffix("-data.json")
    record = Record(image_id, path.name, *photo.image.size, "", "", masks)
    return _Found(PhotoResult(path.name, len(masks), notes), record, photo.data)


def _write(folder: Path, record: Record, data: bytes) -> None:
    (folder / "annotations" / annotation_name(record.file_name)).unlink(
        missing_ok=True
    )  # of another photo of this name
    write_whole(folder / "photos" / record.file_name, data)
    write_annotation(folder, record, with_complete=False)


def _check_settings(path: Path, settings: dict[str, Any]) -> None:
    written = json.dumps(settings, indent=1, sort_keys=True).encode()
    if not path.is_file():
        if any((path.parent / "annotations").iterdir()):
            raise ArgumentError(f"{path.parent} has annotations that are not ours; give another folder")
        write_whole(path, written)
    elif path.read_bytes() != written:
        raise ArgumentError(f"{path.parent} was made with other settings ({path.name} there); give another folder")


def _add_to_splits(path: Path, names: Sequence[str]) -> None:
    splits = json.loads(path.read_bytes()) if path.is_file() else {key: [] for key in SPLIT_KEYS.values()}
    known = {name for part in splits.values() for name in part}
    splits["test"] += [name for name in names if name not in known]
    write_whole(path, json.dumps(splits).encode())
