"""`dci_export.json`: what an export is made of. Without it, or with a file that differs, there is no export."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from dcikit.files.json_node import load_json
from dcikit.schema.errors import DataError

from .shards import Written, sha256

NAME = "dci_export.json"
_AGAIN = "run `dci export` again"


@dataclass(frozen=True)
class Manifest:
    """An export.

    Attributes:
        format: version of the layout.
        identity: hash of release, options and layout: an export of the same is not made twice.
        release_revision: which release, see `Release.revision`.
        photos: whether the photos are in it.
        files: what became of every shard.
    """

    format: int
    identity: str
    release_revision: str
    photos: bool
    files: tuple[Written, ...]

    def dumps(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an export.

    Raises:
        DataError: if the folder is no export.
    """
    path = folder / NAME
    if not path.is_file():
        raise DataError(str(folder), "", f"is no complete export: it has no {NAME}", _AGAIN)
    try:
        found = load_json(path, _AGAIN).value
        files = tuple(Written(**each) for each in found.pop("files"))
        return Manifest(**found, files=files)
    except (TypeError, KeyError, AttributeError) as error:
        raise DataError(str(path), "", f"is no manifest: {error!r}", _AGAIN) from None


def check_export(folder: Path, *, contents: bool = False) -> Manifest:
    """Checks that every file of an export is there, whole.

    Args:
        folder: the export.
        contents: compare hashes too, not only sizes.

    Raises:
        DataError: if it is no export, or a file is missing or differs.
    """
    manifest = read_manifest(folder)
    for name in ("README.md", "eval.yaml"):
        if not (folder / name).is_file():
            raise DataError(str(folder / name), "", "the file is missing", _AGAIN)
    for written in manifest.files:
        path = folder / written.path
        if not path.is_file():
            raise DataError(str(path), "", "the file is missing", _AGAIN)
        if path.stat().st_size != written.size or (contents and sha256(path) != written.sha256):
            raise DataError(str(path), "", "is not the file that was exported", _AGAIN)
    return manifest
