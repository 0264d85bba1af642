"""The release folder: which images a split has, and each of them as a checked `Record` (docs/protocol.md §1)."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cached_property
from pathlib import Path

from dcikit.files import limits
from dcikit.files.json_node import Node, load_json
from dcikit.files.regular_file import read_regular
from dcikit.files.safe_names import is_plain_name
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.splits import SPLITS

from .parse import parse_record
from .pixels import photo_size
from .record import Record

SPLIT_KEYS = dict(zip(SPLITS, ("train", "valid", "test"), strict=True))
"""Split -> its key in splits.json."""

_NAME = re.compile(r"[0-9]+-data\.json")
_LAYOUT = "give the folder that holds splits.json, annotations/, complete/ and photos/"


def is_release(dataset: str | os.PathLike[str]) -> bool:
    """Whether it is a release folder, whole or not, or nothing at all: then the release's error says so."""
    folder = Path(dataset).expanduser()
    if folder.is_dir():
        return any((folder / part).exists() for part in ("splits.json", "annotations", "complete"))
    return str(dataset).count("/") != 1


class Release:
    """A release folder, `densely_captioned_images/`.

    Raises:
        DataError: from every method, with file, key and remedy.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser()
        if not self.folder.is_dir():
            raise DataError(str(folder), "", "is not a folder", _LAYOUT)

    @cached_property
    def splits(self) -> dict[str, list[str]]:
        """Split -> names of its annotation files, in the split's order. A split may be absent or empty."""
        path = self.folder / "splits.json"
        if not path.is_file():
            raise DataError(str(path), "", "the file is missing", _LAYOUT)
        doc = load_json(path)
        splits = {split: self._names(doc[key]) for split, key in SPLIT_KEYS.items() if key in doc}
        if not any(splits.values()):
            raise doc.error("names no image", f"list the annotation files under {', '.join(SPLIT_KEYS.values())}")
        seen: set[str] = set()
        for split, names in splits.items():
            for index, name in enumerate(names):
                if name in seen:
                    raise DataError(
                        str(path), f"{SPLIT_KEYS[split]}.{index}", f"{name} is there twice", "remove one of them"
                    )
                seen.add(name)
        return splits

    @property
    def revision(self) -> str:
        """Which release this is: a hash of its splits.json (the archive has no version of its own)."""
        return hashlib.sha256((self.folder / "splits.json").read_bytes()).hexdigest()

    @staticmethod
    def _names(node: Node) -> list[str]:
        names = node.items()
        for name in names:
            if not _NAME.fullmatch(name.text()):
                raise name.error(f"{name.value!r} is no annotation file", 'name it "<number>-data.json"')
        return [name.text() for name in names]

    @property
    def all_names(self) -> list[str]:
        """The names of all annotation files, split after split."""
        return [name for names in self.splits.values() for name in names]

    def names(self, split: str) -> list[str]:
        """The names of a split's annotation files, in order."""
        if split not in SPLITS:
            raise ArgumentError(f"`split` must be one of {', '.join(SPLITS)}, got {split!r}")
        names = self.splits.get(split)
        if not names:
            problem = "the split is absent" if names is None else "the split is empty"
            others = ", ".join(other for other, names in self.splits.items() if names)
            raise DataError(str(self.folder / "splits.json"), SPLIT_KEYS[split], problem, f"choose one of {others}")
        return names

    def read(self, name: str, *, summaries: bool, photo: bool = True) -> Record:
        """Reads and checks one image.

        Args:
            name: annotation file name, from `names`.
            summaries: read `complete/` (with summaries and negatives) instead of `annotations/`.
            photo: read the photo too; without, its size is what the annotation or the masks say.

        Raises:
            DataError: the first defect.
        """
        record, defects = self.examine(name, summaries=summaries, photo=photo)
        if record is None:
            raise defects[0]
        return record

    def examine(self, name: str, *, summaries: bool, photo: bool = True) -> tuple[Record | None, list[DataError]]:
        """Like `read`, but returns all the defects of the image instead of raising the first one."""
        try:
            doc = load_json(self._inside(self.annotations(summaries), name))
        except DataError as error:
            return None, [error]
        data, size, defects = None, None, []
        try:
            # Checked without photos too: nobody else may be led out of the folder by the name either.
            path = self.photo_path(doc["image"])
            if photo:
                data, size = self._photo(path, doc["image"])
        except DataError as error:
            defects = [error]
        image_id = name.removesuffix("-data.json")
        record, more = parse_record(doc, image_id, photo=data, photo_size=size)
        defects += [defect for defect in more if str(defect) not in map(str, defects)]
        return (None, defects) if defects else (record, [])

    def annotations(self, summaries: bool) -> Path:
        """The folder of the annotation files. A release without `annotations/` has the same in `complete/`."""
        plain = self.folder / "annotations"
        return self.folder / "complete" if summaries or not plain.is_dir() else plain

    def photo_path(self, node: Node) -> Path:
        """The path of the photo that an annotation names."""
        name = node.text()
        if not is_plain_name(name):
            raise node.error(f"{name!r} is not a plain file name", "name a file inside photos/")
        return self._inside(self.folder / "photos", name, node)

    @staticmethod
    def _inside(folder: Path, name: str, node: Node | None = None) -> Path:
        """`folder / name`; the folder may be a link, a file in it may not lead out of it."""
        path = folder / name
        if os.path.islink(path) and os.path.dirname(os.path.realpath(path)) != os.path.realpath(folder):
            remedy = f"put the file itself there, or link the whole folder {folder.name}/"
            problem = f"{name} is a link that leaves its folder"
            raise node.error(problem, remedy) if node else DataError(str(path), "", problem, remedy)
        return path

    def _photo(self, path: Path, node: Node) -> tuple[bytes, tuple[int, int]]:
        try:
            data = read_regular(path, limits.PHOTO_BYTES)
            return data, photo_size(data)
        except FileNotFoundError:
            remedy = "put the photo there, or load with photos=False"
            raise node.error(f"the photo {path} is missing", remedy) from None
        except OSError as error:
            raise node.error(f"{path} cannot be read: {error.strerror}", "check its permissions") from None
        except ValueError as error:
            raise DataError(str(path), "", str(error), "put the photo there again") from None

    def fingerprint(self, *, summaries: bool, photos: bool) -> str:
        """Changes whenever a file that is read changes: a hash of names, sizes and times, not of contents."""
        digest = hashlib.sha256(repr(os.path.realpath(self.folder)).encode())
        folders = [self.annotations(summaries), *([self.folder / "photos"] if photos else [])]
        for folder in folders:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else []
            for entry in entries:
                stat = entry.stat(follow_symlinks=False)
                digest.update(repr((entry.name, stat.st_size, stat.st_mtime_ns)).encode())
        digest.update(repr(self.splits).encode())
        return digest.hexdigest()[:16]
