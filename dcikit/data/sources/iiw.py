"""ImageInWords' other descriptions of test photos of DCI, with how people compared them with DCI's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import text

from ..release import Release
from .imported import Source, SourceImage
from .text_only import text_record

LACKING = "images that the release lacks"

_NAME = re.compile(r"([0-9]+)-data\.json")
_METRIC = "metrics/"


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    """By id from a release, photos or not; by name from a folder of photos."""
    release = Release(images) if images is not None and (images / "splits.json").is_file() else None
    known = {name for names in release.splits.values() for name in names} if release else None
    for line in json_objects(path):
        name = line.get("ex_id", text)
        match = _NAME.fullmatch(name)
        if match is None:
            raise line.error(f'must be "<number>-data.json", got {name!r}', "correct the id", "ex_id")
        compared = {key.removeprefix(_METRIC): value for key, value in line.value.items() if key.startswith(_METRIC)}
        size, missing = None, None
        if release and known is not None:
            if name in known:
                record = release.read(name, summaries=False, photo=False)
                size = record.width, record.height
            else:
                missing = LACKING
        build = partial(text_record, line.get("IIW", text), line.key)
        key = f"{line.key}, {name}"
        extra = {"source_id": name, "side_by_side": compared}
        yield SourceImage(key, match[1], "test", line.get("image", text), size, build, extra, missing)


IIW = Source(
    name="iiw-dci-test",
    title="ImageInWords, DCI_Test",
    homepage="https://github.com/google/imageinwords",
    licence="CC-BY-4.0",
    images=_images,
)
