"""Visual Genome's region descriptions: boxes with a phrase each, without a tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dcikit.files.json_node import Node
from dcikit.files.json_stream import json_objects
from dcikit.files.json_values import identifier, number, text

from ..bitmap import filled, mask_of
from ..record import Record
from .boxes import box_inside
from .imported import Frame, Notes, Source, SourceImage


def _images(path: Path, images: Path | None) -> Iterator[SourceImage]:
    for image in json_objects(path):
        image_id = image.get("id", identifier)
        yield SourceImage(image.key, image_id, "train", f"{image_id}.jpg", None, partial(_record, image))


def _record(image: Node, frame: Frame, notes: Notes) -> Record:
    masks = []
    for region in image["regions"].items():
        x, y, width, height = (region.get(name, number) for name in ("x", "y", "width", "height"))
        phrase = region.get("phrase", text).strip()
        box = box_inside((x, y, x + width, y + height), frame, region.key, notes)
        if not phrase:
            notes.append(("empty texts", region.key))
        elif box is not None:
            pixels = filled(box, frame.width, frame.height)
            masks.append(mask_of(region.get("region_id", identifier), pixels, label=phrase, quality="low_quality"))
    return Record(frame.image_id, frame.file_name, frame.width, frame.height, "", "", tuple(masks))


VISUAL_GENOME = Source(
    name="visual-genome",
    title="Visual Genome, region descriptions (region_descriptions.json; all images in one folder)",
    homepage="https://homes.cs.washington.edu/~ranjay/visualgenome",
    licence="CC-BY-4.0",
    images=_images,
)
