"""FG-OVD: boxes of COCO's photos with a phrase each, and ten phrases that differ in an attribute: hard negatives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import array, identifier, integer, number, text, texts
from dcikit.schema.regions import NEGATIVE_KINDS

from ..bitmap import filled, mask_of
from ..record import Mask, Record
from .boxes import box_inside
from .imported import Frame, Notes, Source, SourceImage

_KIND = "attribute"


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    """A line is a box; those of an image need not be together, so that the file, of some thousand lines, is held."""
    lines: dict[str, list[Node]] = {}
    for line in json_objects(path):
        lines.setdefault(line.get("image_id", identifier), []).append(line)
    for image_id, boxes in lines.items():
        first = boxes[0]
        size = first.get("width", integer), first.get("height", integer)
        name = first.get("img_path", text)
        for box in boxes[1:]:
            if (other := box.get("img_path", text)) != name:
                raise box.error(
                    f"is {other!r}, but image {image_id} is {name!r} before", "correct the name", "img_path"
                )
        yield SourceImage(first.key, image_id, "test", name, size, partial(_record, boxes))


def _record(lines: list[Node], frame: Frame, notes: Notes) -> Record:
    masks: list[Mask] = []
    captions: dict[str, list[str]] = {}
    negatives: dict[str, dict[str, list[str]]] = {}
    for place, line in enumerate(lines):
        phrases = [phrase for phrase in line.get("pos_expression", texts) if phrase.strip()]
        wrong = [phrase for phrase in line.get("neg_expression", texts) if phrase.strip()]
        corners = line["bbox"].items()
        if len(corners) != 4:
            raise line.error(f"must be [x, y, width, height], got {line.get('bbox', array)}", "correct the box", "bbox")
        x, y, width, height = (corner.read(number) for corner in corners)
        box = box_inside((x, y, x + width, y + height), frame, line.key, notes)
        if not phrases or not wrong:
            notes.append(("empty texts", line.key))
        if not phrases or box is None:
            continue
        pixels = filled(box, frame.width, frame.height)
        mask = mask_of(str(place), pixels, label=phrases[0], quality="low_quality")
        masks.append(mask)
        captions[mask.key] = phrases
        negatives[mask.key] = {kind: [] for kind in NEGATIVE_KINDS} | {_KIND: wrong}
    return Record(
        image_id=frame.image_id,
        file_name=frame.file_name,
        width=frame.width,
        height=frame.height,
        short_caption="",
        extra_caption="",
        masks=tuple(masks),
        captions=captions,
        negatives=negatives,
        min_side=1,  # its boxes are of any size
    )


FG_OVD = Source(
    name="fg-ovd",
    title="FG-OVD: boxes with hard negatives (JSON Lines of one of its benchmarks)",
    homepage="https://github.com/360CVGroup/FG-CLIP",
    licence="unknown: that of the file; the photos are COCO's",
    images=_images,
    summaries=True,
    kinds=(_KIND,),
)
