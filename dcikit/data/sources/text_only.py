"""Datasets of photos with one long text each: descriptions without masks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import text
from dcikit.schema.splits import SPLITS

from ..record import Record
from .imported import Frame, Notes, Source, SourceImage

_DOCCI_SPLITS = {"train": "train", "test": "test", "qual_dev": "validation", "qual_test": "test"}


def text_record(long_text: str, key: str, frame: Frame, notes: Notes) -> Record:
    """A record of one long text, which stands where DCI has its extra caption."""
    if not long_text.strip():
        notes.append(("empty texts", key))
    return Record(frame.image_id, frame.file_name, frame.width, frame.height, "", long_text, ())


def _docci(path: Path, images: Path | None) -> Iterator[SourceImage]:
    for number, line in enumerate(json_objects(path), start=1):
        split = line.get("split", text)
        if split not in _DOCCI_SPLITS:
            raise line.error(f"must be one of {', '.join(_DOCCI_SPLITS)}, got {split!r}", "correct the value", "split")
        extra = {"source_id": line.get("example_id", text), "source_split": split}
        build = partial(text_record, line.get("description", text), line.key)
        yield SourceImage(line.key, str(number), _DOCCI_SPLITS[split], line.get("image_file", text), None, build, extra)


def _texts(path: Path, images: Path | None) -> Iterator[SourceImage]:
    for number, line in enumerate(json_objects(path), start=1):
        split = line.find("split", text) or "train"
        if split not in SPLITS:
            raise line.error(f"must be one of {', '.join(SPLITS)}, got {split!r}", "correct the value", "split")
        name = _first(line, ("file_name", "image", "image_path"))
        extra = {"source_id": line.value["image_id"]} if "image_id" in line else {}
        build = partial(text_record, _first(line, ("caption", "description", "text")), line.key)
        yield SourceImage(line.key, str(number), split, name, None, build, extra)


def _first(line: Node, names: tuple[str, ...]) -> Any:
    for name in names:
        if name in line:
            return line.get(name, text)
    raise line.error(f"has none of the keys {', '.join(names)}", "name the image and its text")


DOCCI = Source(
    name="docci",
    title="DOCCI: Descriptions of Connected and Contrasting Images",
    homepage="https://google.github.io/docci",
    licence="CC-BY-4.0",
    images=_docci,
)

TEXT_ONLY = Source(
    name="text-only",
    title="Photos with one text each, as JSON Lines: file_name (or image, image_path), caption (or description, text)",
    homepage="unknown",
    licence="unknown: that of the file",
    images=_texts,
)
