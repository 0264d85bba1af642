"""PanoCaps: dense captions whose phrases are matched with panoptic masks, as Parquet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dcikit.files.json_node import Node
from dcikit.files.json_values import array, identifier, integer, text
from dcikit.schema.errors import DataError

from ..bitmap import mask_of
from ..formats import coco_rle
from ..record import Record
from .imported import Frame, Notes, Source, SourceImage

_SPLITS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}
_ROWS = 16


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    place = 0
    for file in sorted(path.rglob("*.parquet")) if path.is_dir() else [path]:
        for row in _rows(file):
            place += 1
            split = row.get("split", text)
            if split not in _SPLITS:
                raise row.error(f"must be one of {', '.join(_SPLITS)}, got {split!r}", "correct the value", "split")
            info = row["image_info"]
            extra = {"source_id": row.get("image_id", identifier), "source": info.find("data_source", text) or ""}
            size = info.get("width", integer), info.get("height", integer)
            name = info.get("file_name", text)
            yield SourceImage(
                f"{file.name}, {row.key}", str(place), _SPLITS[split], name, size, partial(_record, row), extra
            )


def _rows(file: Path) -> Iterator[Node]:
    try:
        number = 0
        for batch in pq.ParquetFile(file).iter_batches(_ROWS):
            for row in batch.to_pylist():
                yield Node(row, str(file), f"row {number}")
                number += 1
    except (pa.ArrowException, OSError) as error:
        raise DataError(str(file), "", f"cannot be read as Parquet: {error}", "download it again") from None


def _record(row: Node, frame: Frame, notes: Notes) -> Record:
    captions = row["caption_info"]
    phrases: dict[str, list[str]] = defaultdict(list)
    for match in captions["label_matched"].items():
        for mask_id in match.get("mask_ids", array):
            phrases[str(mask_id)].append(match.get("txt_desc", text).strip())
    names = {}
    if "categories" in row:
        names = {each.get("id", integer): each.get("name", text) for each in row["categories"].items()}
    masks = []
    for segment in row["mask_annotations"].items():
        mask_id = segment.get("id", identifier)
        if segment.find("iscrowd", integer):
            notes.append(("crowd segments", segment.key))
            continue
        shape = segment["segmentation"]
        if (size := shape.get("size", array)) != [frame.height, frame.width]:
            raise shape.error(
                f"is {size}, but the image has {[frame.height, frame.width]}", "download it again", "size"
            )
        try:
            pixels = coco_rle.decode(shape.get("counts", text), frame.width, frame.height)
        except ValueError as error:
            raise shape.error(str(error), "download it again", "counts") from None
        if not pixels.any():
            notes.append(("segments without a pixel", segment.key))
            continue
        caption = "; ".join(phrase for phrase in phrases.pop(mask_id, []) if phrase)
        if not caption:
            notes.append(("empty texts", segment.key))
        label = names.get(segment.find("category_id", integer) or 0, "")
        masks.append(mask_of(mask_id, pixels, label=label, caption=caption, quality="ok" if caption else "low_quality"))
    notes += [("phrases of masks that are not there", f"{row.key}: {mask_id}") for mask_id in phrases]
    whole = captions.get("caption", text)
    return Record(frame.image_id, frame.file_name, frame.width, frame.height, "", whole, tuple(masks))


PANOCAPS = Source(
    name="panocaps",
    title="PanoCaps",
    homepage="https://huggingface.co/datasets/Panorama-grounding/PanoCaps",
    licence="CC-BY-NC-4.0; the photos are ADE20K's, COCO's and VIPSeg's",
    images=_images,
)
