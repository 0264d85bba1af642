"""Records -> tasks of Label Studio, with masks, texts, quality and tree as annotations that can be edited.

A region is several results with one `id`: a brush mask with its `parentID`, and what is said of it. What Label Studio
has no place for, the order of submasks and bounds that are not those of the pixels, stands in the task's `data`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from dcikit.files.whole_file import write_whole

from ..boxed import BoxedMask, boxed_png
from ..record import Mask, Record
from ..release import Release
from . import brush_rle
from .parts import Format, Part

CONFIG = """<View>
  <Header value="$file_name"/>
  <Image name="image" value="$image" zoom="true" zoomControl="true"/>
  <BrushLabels name="mask" toName="image"><Label value="mask" background="#1f77b4"/></BrushLabels>
  <PolygonLabels name="polygon" toName="image"><Label value="mask" background="#1f77b4"/></PolygonLabels>
  <RectangleLabels name="rectangle" toName="image"><Label value="mask" background="#1f77b4"/></RectangleLabels>
  <TextArea name="label" toName="image" perRegion="true" editable="true" placeholder="Label"/>
  <TextArea name="caption" toName="image" perRegion="true" editable="true" rows="5" placeholder="Caption"/>
  <Choices name="quality" toName="image" perRegion="true" choice="single">
    <Choice value="ok"/><Choice value="low_quality"/><Choice value="bad"/>
  </Choices>
  <TextArea name="short_caption" toName="image" editable="true" rows="3" placeholder="One or two sentences"/>
  <TextArea name="extra_caption" toName="image" editable="true" rows="10" placeholder="Whatever no mask covers"/>
</View>
"""
"""The labelling configuration of a project for such tasks."""

LABEL = "mask"
"""The only brush label: what DCI calls a label is free text."""


def task(record: Record, split: str) -> dict[str, Any]:
    """The task of an image.

    Its photo is a local file of Label Studio, whose LOCAL_FILES_DOCUMENT_ROOT must be the release folder.

    Raises:
        ValueError: if a mask cannot be decoded.
    """
    texts = {"short_caption": record.short_caption, "extra_caption": record.extra_caption}
    results = [_text(name, name, text) for name, text in texts.items() if text]
    masks: dict[str, dict[str, Any]] = {}
    for mask in record.masks:
        drawn = boxed_png(mask.png)
        results += _region(record, mask, drawn)
        masks[mask.key] = {
            "parent": _parent_key(mask),
            "children": [f"m-{child}-sc" for child in mask.child_ids],
            "bbox": list(mask.bbox),
            "area": mask.area,
            "pixels": digest(drawn),
        }
    data = {
        "image": "/data/local-files/?d=" + quote(f"photos/{record.file_name}"),
        "image_id": record.image_id,
        "file_name": record.file_name,
        "split": split,
        "width": record.width,
        "height": record.height,
        "masks": masks,
    }
    return {"data": data, "annotations": [{"result": results}]}


def digest(drawn: BoxedMask) -> str:
    """A hash by which a mask is known to be unchanged."""
    where = repr((drawn.width, drawn.height, drawn.box)).encode()
    return hashlib.sha256(where + np.packbits(drawn.pixels).tobytes()).hexdigest()[:16]


def _region(record: Record, mask: Mask, drawn: BoxedMask) -> list[dict[str, Any]]:
    brush: dict[str, Any] = {
        "id": mask.key,
        "from_name": "mask",
        "to_name": "image",
        "type": "brushlabels",
        "origin": "manual",
        "original_width": record.width,
        "original_height": record.height,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": brush_rle.encode(drawn), "brushlabels": [LABEL]},
    }
    if mask.parent_id is not None:
        brush["parentID"] = _parent_key(mask)
    texts = {"label": mask.label, "caption": mask.caption}
    quality = {**_result(mask.key, "quality", "choices"), "value": {"choices": [mask.quality]}}
    return [brush, *(_text(mask.key, name, text) for name, text in texts.items() if text), quality]


def _parent_key(mask: Mask) -> str | None:
    return None if mask.parent_id is None else f"m-{mask.parent_id}-sc"


def _text(region: str, name: str, text: str) -> dict[str, Any]:
    return {**_result(region, name, "textarea"), "value": {"text": [text]}}


def _result(region: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": region, "from_name": name, "to_name": "image", "type": kind, "origin": "manual"}


def _path(part: Part) -> str:
    return f"{part.split}-{part.index:05d}-of-{part.count:05d}.json"


def _write(records: Iterable[Record], part: Part, path: Path) -> dict[str, int]:
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for index, record in enumerate(records):
            file.write((",\n" if index else "") + json.dumps(task(record, part.split), ensure_ascii=False))
        file.write("]")
    return {}


def _finish(folder: Path, parts: list[Part], release: Release) -> None:
    write_whole(folder / "labeling_config.xml", CONFIG.encode())


LABEL_STUDIO = Format(
    name="label-studio",
    path=_path,
    write=_write,
    finish=_finish,
    images=100,
)
