"""A folder of photos -> a release folder with their masks, photo by photo; the same run goes on where it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.data.annotation import write_annotation
from dcikit.data.record import Record
from dcikit.data.release import SPLIT_KEYS
from dcikit.files.exclusive import exclusive
from dcikit.files.whole_file import remove_unfinished, write_whole
from dcikit.schema.errors import ArgumentError, DataError

from .photos import annotation_name, read_photo
from .sources import MaskSource
from .tree import build_tree


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


def write_release(photos: Sequence[Path], folder: Path, source: MaskSource, *, min_area: int) -> Iterator[PhotoResult]:
    """Writes `annotations/`, `photos/` and `splits.json` (all in split test) of a release, without descriptions.

    Args:
        folder: new, or of a run with the same settings; photos that it has are not done again.
        source: its settings are kept in `masks.json`.
        min_area: pixels of the smallest mask.

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
        for path in photos:
            result = _write_photo(path, folder, source, min_area)
            if not result.skipped:
                written.append(annotation_name(path.name))
            yield result
        _add_to_splits(folder / "splits.json", written)


def _write_photo(path: Path, folder: Path, source: MaskSource, min_area: int) -> PhotoResult:
    try:
        photo = read_photo(path)
        target, copy = folder / "annotations" / annotation_name(path.name), folder / "photos" / path.name
        if target.is_file() and copy.is_file() and copy.read_bytes() == photo.data:
            return PhotoResult(path.name, notes=tuple(photo.notes))
        proposals = source.masks(path, photo.image)
    except DataError as error:
        return PhotoResult(path.name, skipped=str(error))
    masks = build_tree(*proposals, min_area=min_area)
    target.unlink(missing_ok=True)  # of another photo of this name
    write_whole(copy, photo.data)
    width, height = photo.image.size
    image_id = annotation_name(path.name).removesuffix("-data.json")
    write_annotation(folder, Record(image_id, path.name, width, height, "", "", masks), with_complete=False)
    return PhotoResult(path.name, len(masks), tuple(photo.notes))


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
