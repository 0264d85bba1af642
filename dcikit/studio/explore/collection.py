"""What is explored: images by id, read one at a time, from a release folder or from rows."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.files import limits
from dcikit.files.json_node import Node
from dcikit.files.regular_file import read_regular
from dcikit.schema.errors import DataError


class Collection(ABC):
    """Images, none of which is held.

    Attributes:
        name: for people.
        identity: tells it from other collections, and stays while images of it change.
        splits: image_id -> its split, in the order in which they are shown.
    """

    name: str
    identity: str
    splits: dict[str, str]

    @abstractmethod
    def examine(self, image_id: str) -> tuple[Record | None, list[DataError]]:
        """The record without its photo, None if that cannot be read; and what is wrong with the image."""

    @abstractmethod
    def photo(self, image_id: str) -> bytes:
        """The file of the photo.

        Raises:
            DataError: if there is none.
        """

    @abstractmethod
    def stamp(self, image_id: str) -> str:
        """Changes whenever the record may have changed."""


class ReleaseCollection(Collection):
    """A release folder. An image that has a file in `complete/` is read from there."""

    def __init__(self, release: Release, name: str) -> None:
        self.release = release
        self.name = name
        self.identity = os.path.realpath(release.folder)
        self.splits = {
            file.removesuffix("-data.json"): split for split, files in release.splits.items() for file in files
        }
        self._file_names: dict[str, str] = {}

    def examine(self, image_id: str) -> tuple[Record | None, list[DataError]]:
        record, defects = self.release.examine(f"{image_id}-data.json", summaries=self._complete(image_id), photo=False)
        if record is not None:
            self._file_names[image_id] = record.file_name
            try:
                self._photo_path(image_id, record.file_name)
            except DataError as error:
                defects = [error]
        return record, defects

    def photo(self, image_id: str) -> bytes:
        if image_id not in self._file_names:
            record, defects = self.examine(image_id)
            if record is None:
                raise defects[0]
        path = self._photo_path(image_id, self._file_names[image_id])
        try:
            return read_regular(path, limits.PHOTO_BYTES)
        except OSError as error:
            raise DataError(str(path), "", f"cannot be read: {error.strerror}", "check its permissions") from None

    def stamp(self, image_id: str) -> str:
        path = self.release.annotations(self._complete(image_id)) / f"{image_id}-data.json"
        try:
            found = path.stat()
        except OSError:
            return "missing"
        return f"{found.st_size:x}-{found.st_mtime_ns:x}"

    def _complete(self, image_id: str) -> bool:
        return (self.release.folder / "complete" / f"{image_id}-data.json").is_file()

    def _photo_path(self, image_id: str, file_name: str) -> Path:
        node = Node(
            file_name, str(self.release.annotations(self._complete(image_id)) / f"{image_id}-data.json"), "image"
        )
        path = self.release.photo_path(node)
        if not path.is_file():
            raise node.error(f"the photo {path} is missing", "put the photo there")
        return path
