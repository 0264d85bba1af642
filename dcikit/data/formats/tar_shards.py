"""Records -> WebDataset shards: images with one text each, for CLIP_benchmark's retrieval and open_clip's training."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dcikit.files.images import opened_image, rgb
from dcikit.files.whole_file import write_whole
from dcikit.schema.regions import BASE, crop_box

from ..crops import photo_crops
from ..record import Box, Record
from ..regions import is_subcrop, scored_regions
from ..release import Release
from ..text import extended_caption, region_text
from .parts import Format, Part

_AS_IT_IS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}

NO_CAPTION = "regions without caption"


def one_line(text: str) -> str:
    """A text as its readers take it: a line is a caption of its own for them."""
    return " ".join(line for part in text.splitlines() if (line := part.strip()))


def write_images(records: Iterable[Record], part: Part, path: Path) -> dict[str, int]:
    """Whole photos with their extended captions."""
    counts: Counter[str] = Counter()
    with tarfile.open(path, "w") as tar:
        for record in records:
            if text := one_line(extended_caption(record)):
                data, kind = _photo(record.photo or b"")
                _add(tar, record.image_id, {kind: data, "txt": text.encode()})
            counts["pairs" if text else NO_CAPTION] += 1
    return dict(counts)


def write_crops(records: Iterable[Record], part: Part, path: Path) -> dict[str, int]:
    """The crops of the regions with their captions: the first as text, all of them in the sample's JSON."""
    counts: Counter[str] = Counter()
    with tarfile.open(path, "w") as tar:
        for record in records:
            with photo_crops(record) as crops:
                for key, box, captions in _regions(record, part.summaries):
                    if not captions:
                        counts[NO_CAPTION] += 1
                        continue
                    about = json.dumps({"image_id": record.image_id, "key": key, "crop_box": box, "captions": captions})
                    name = f"{record.image_id}_{key.replace('.', '_').replace('/', '_')}"
                    _add(tar, name, {"jpg": crops.jpeg(box), "txt": captions[0].encode(), "json": about.encode()})
                    counts["pairs"] += 1
    return dict(counts)


def _regions(record: Record, summaries: bool) -> Iterator[tuple[str, Box, list[str]]]:
    """Key, crop and captions of each region: those of sDCI; without summaries, the image's and the masks' own texts."""
    if summaries:
        for region in scored_regions(record):
            yield region.key, region.crop_box, [one_line(caption) for caption in region.captions]
        return
    size = record.width, record.height
    yield BASE, (0, 0, *size), [text] if (text := one_line(extended_caption(record))) else []
    for mask in record.masks:
        if is_subcrop(mask, record.min_side):
            text = one_line(region_text(mask))
            yield mask.key, crop_box(mask.bbox, *size), [text] if text else []


def _photo(data: bytes) -> tuple[bytes, str]:
    """The photo's own bytes, and the extension of what it is; those that no reader knows as PNG."""
    with opened_image(data) as image:
        if image.format in _AS_IT_IS:
            return data, _AS_IT_IS[image.format]
        file = io.BytesIO()
        rgb(image).save(file, "PNG")
        return file.getvalue(), "png"


def _add(tar: tarfile.TarFile, name: str, files: dict[str, bytes]) -> None:
    for extension, data in files.items():
        member = tarfile.TarInfo(f"{name}.{extension}")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))


def _path(part: Part) -> str:
    return f"{part.split}/{part.index}.tar"


def _finish(folder: Path, parts: list[Part], release: Release) -> None:
    """How many shards there are, as both readers ask for it."""
    for part in parts:
        write_whole(folder / os.path.dirname(_path(part)) / "nshards.txt", str(part.count).encode())


def _finish_benchmark(folder: Path, parts: list[Part], release: Release) -> None:
    _finish(folder, parts, release)
    write_whole(folder / "dataset_type.txt", b"retrieval")


CLIP_BENCHMARK = Format(
    name="clip-benchmark", path=_path, write=write_images, finish=_finish_benchmark, shard_bytes=2**30, photos=True
)

WEBDATASET = Format(
    name="webdataset", path=_path, write=write_crops, finish=_finish, shard_bytes=2**28, photos=True, summaries=True
)
