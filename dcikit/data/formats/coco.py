"""Records -> COCO's `instances` and `captions` files, with the texts and the tree of every mask as further keys.

All masks are of one category, `region`: what DCI calls a label is free text, and stands in `label`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from dcikit.files.whole_file import whole_file

from ..boxed import boxed_png
from ..record import Record
from ..release import Release
from ..text import extended_caption
from .coco_rle import encode as compressed_rle
from .parts import Format, Part

_CATEGORIES = [{"id": 1, "name": "region", "supercategory": "region"}]


def image(record: Record) -> dict[str, Any]:
    return {
        "id": int(record.image_id),
        "file_name": record.file_name,
        "width": record.width,
        "height": record.height,
    }


def instances(record: Record, first_id: int) -> list[dict[str, Any]]:
    """The annotations of an image's masks, with ids from `first_id`.

    Raises:
        ValueError: if a mask cannot be decoded.
    """
    ids = {mask.mask_id: first_id + index for index, mask in enumerate(record.masks)}
    return [
        {
            "id": ids[mask.mask_id],
            "image_id": int(record.image_id),
            "category_id": 1,
            "iscrowd": 0,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "area": mask.area,
            "segmentation": compressed_rle(boxed_png(mask.png)),
            "mask_id": mask.mask_id,
            "parent_id": None if mask.parent_id is None else ids.get(mask.parent_id),
            "label": mask.label,
            "caption": mask.caption,
            "quality": mask.quality,
        }
        for mask in record.masks
        for x0, y0, x1, y1 in [mask.bbox]
    ]


def _write(records: Iterable[Record], part: Part, path: Path) -> dict[str, int]:
    """Both files of a split; lists that are not yet at their place wait in temporary files, not in memory."""
    counts = {"masks": 0, "images without caption": 0}
    captions_path = path.with_name(f"captions_{part.split}.json")
    with _List() as images, _List() as annotations, _List() as captions, whole_file(captions_path) as beside:
        for record in records:
            images.add(image(record))
            for annotation in instances(record, counts["masks"] + 1):
                annotations.add(annotation)
                counts["masks"] += 1
            if text := extended_caption(record).strip():
                captions.add({"id": captions.count + 1, "image_id": int(record.image_id), "caption": text})
            else:
                counts["images without caption"] += 1
        _join(path, {"images": images, "annotations": annotations}, {"categories": _CATEGORIES})
        _join(beside, {"images": images, "annotations": captions}, {})
    return counts


class _List:
    """A JSON list that grows in a temporary file."""

    def __enter__(self) -> _List:
        self.count = 0
        self.file: TextIO = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, value: Any) -> None:
        self.file.write((",\n" if self.count else "") + json.dumps(value, ensure_ascii=False))
        self.count += 1

    def copy(self, into: TextIO) -> None:
        self.file.seek(0)
        shutil.copyfileobj(self.file, into)


def _join(path: Path, lists: dict[str, _List], others: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("{" + "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in others.items()))
        for index, (name, values) in enumerate(lists.items()):
            file.write((",\n" if index else "") + json.dumps(name) + ": [")
            values.copy(file)
            file.write("]")
        file.write("}")


def _path(part: Part) -> str:
    return f"instances_{part.split}.json"


def _finish(folder: Path, parts: list[Part], release: Release) -> None:
    """There is nothing else."""


COCO = Format(name="coco", path=_path, write=_write, finish=_finish)
