"""Photos without any annotation, as rows of config `dci` without masks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from dcikit.engine.items import Row
from dcikit.engine.prepare import Reader
from dcikit.masks.photos import list_photos
from dcikit.schema.errors import ArgumentError

from .source import Source


class PhotoSource(Source):
    """The photos directly in a folder, by name.

    Attributes:
        others: names of what else is there.

    Raises:
        ArgumentError: if it is no folder, or has no photo.
    """

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        paths, self.others = list_photos(folder)
        self.paths = paths[:limit]
        self.ids = [path.name for path in self.paths]
        self.described = {"id": str(folder), "revision": None, "split": "all"}
        self.skipped = {}

    def readers(self) -> list[Reader]:
        return [partial(_row, path) for path in self.paths]

    def texts(self, index: int) -> Row:
        return _row(self.paths[index])

    def dataset(self) -> Any:
        raise ArgumentError("`dataset` must be rows of DCI to train on, not photos alone")

    def facts(self, image_id: str) -> Any:
        return {}

    def identity(self) -> Any:
        return [(str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns) for path in self.paths]


def _row(path: Path) -> Row:
    return {"image_id": path.name, "file_name": path.name, "image": {"bytes": None, "path": str(path)}, "masks": []}
