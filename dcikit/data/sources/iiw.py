"""ImageInWords' other descriptions of test photos of DCI, with how people compared them with DCI's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import text

from ..record import Record
from ..release import Release
from .imported import Frame, Notes, Source, SourceImage
from .text_only import text_record

LACKING = "images that the release lacks"

_NAME = re.compile(r"([0-9]+)-data\.json")
_METRIC = "metrics/"


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    """By id from a release, photos or not; by name from a folder of photos."""
    release = Release(images) if images is not None and (images / "splits.json").is_file() else None
    known = set(release.all_names) if release else None
    for line in json_objects(path):
        name = line.get("ex_id", text)
        match = _NAME.fullmatch(name)
        if match is None:
            raise line.error(f'must be "<number>-data.json", got {name!r}', "correct the id", "ex_id")
        size, missing = None, None
        if release and known is not None:
            if name in known:
                record = release.read(name, summaries=False, photo=False)
                size = record.width, record.height
            else:
                missing = LACKING
        key, photo, extra = f"{line.key}, {name}", line.get("image", text), {"source_id": name}
        yield SourceImage(key, match[1], "test", photo, size, partial(_record, line), extra, missing)


def _record(line: Node, frame: Frame, notes: Notes) -> Record:
    answers = {key.removeprefix(_METRIC): node.text() for key, node in line.members() if key.startswith(_METRIC)}
    return replace(text_record(line.get("IIW", text), line.key, frame, notes), side_by_side=answers)


IIW = Source(
    name="iiw-dci-test",
    title="ImageInWords, DCI_Test",
    homepage="https://github.com/google/imageinwords",
    licence="CC-BY-4.0",
    images=_images,
)
