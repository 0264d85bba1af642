"""One image as the page reads it: JSON of its regions in tree order with all their texts, and of their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dcikit.data.boxed import boxed_png
from dcikit.data.excluded import excluded_images
from dcikit.data.formats import coco_rle
from dcikit.data.record import Box, ClipScores, Mask, Record
from dcikit.data.regions import crop_box, is_subcrop
from dcikit.schema.errors import DataError
from dcikit.schema.regions import BASE

Doc = dict[str, Any]


class Place(NamedTuple):
    """A mask in the tree: the key of the region that holds it, and how many regions do."""

    mask: Mask
    parent: str
    depth: int


def tree_order(masks: Sequence[Mask]) -> Iterator[Place]:
    """All masks depth first, those of one parent in file order.

    A mask whose parent does not exist is right in the image, and so is one that would hold itself.
    """
    below: dict[str | None, list[Mask]] = {}
    ids = {mask.mask_id for mask in masks}
    for mask in masks:
        below.setdefault(mask.parent_id if mask.parent_id in ids else None, []).append(mask)
    seen: set[str] = set()
    for start in (*below.get(None, ()), *masks):
        waiting = [Place(start, BASE, 1)]
        while waiting:
            place = waiting.pop()
            if place.mask.mask_id not in seen:
                seen.add(place.mask.mask_id)
                yield place
                inside = reversed(below.get(place.mask.mask_id, ()))
                waiting.extend(Place(mask, place.mask.key, place.depth + 1) for mask in inside)


def image_document(image_id: str, split: str, record: Record | None, defects: Sequence[DataError]) -> Doc:
    """The image without its pixels."""
    found: Doc = {"image_id": image_id, "split": split, "defects": [str(defect) for defect in defects], "regions": []}
    if record is None:
        return found
    whole: Doc = {"key": BASE, "parent": None, "depth": 0, "label": "", "caption": "", "quality": "ok", "area": 1.0}
    whole |= {"box": [0, 0, record.width, record.height], **_sdci(record, BASE), "too_small": False}
    return found | {
        "file_name": record.file_name,
        "width": record.width,
        "height": record.height,
        "short_caption": record.short_caption,
        "extra_caption": record.extra_caption,
        "excluded": excluded_images(record) if record.captions else {},
        "regions": [whole, *(_region(record, place) for place in tree_order(record.masks))],
    }


def _region(record: Record, place: Place) -> Doc:
    mask = place.mask
    return {
        "key": mask.key,
        "parent": place.parent,
        "depth": place.depth,
        "label": mask.label,
        "caption": mask.caption,
        "quality": mask.quality,
        "area": mask.area / max(record.width * record.height, 1),
        "box": list(mask.bbox),
        "crop_box": list(crop_box(mask.bbox, record.width, record.height)),
        "too_small": not is_subcrop(mask, record.min_side),
        **_sdci(record, mask.key),
    }


def region_box(record: Record | None, key: str) -> Box | None:
    """What of the photo belongs to a region: its crop; None if there is no such region."""
    if record is None or key == BASE:
        return (0, 0, record.width, record.height) if record else None
    boxes = {mask.key: mask.bbox for mask in record.masks}
    return crop_box(boxes[key], record.width, record.height) if key in boxes else None


def _sdci(record: Record, key: str) -> Doc:
    scores: ClipScores | None = record.clip_scores.get(key)
    return {
        "summaries": record.captions.get(key, []),
        "negatives": record.negatives.get(key, {}),
        "clip_scores": {"caption": scores.caption, **scores.negatives} if scores else None,
    }


def masks_document(record: Record | None) -> Doc:
    """Region key -> the box around the mask's pixels and their run lengths in it (COCO's, compressed).

    A mask that cannot be decoded has the reason instead.
    """
    return {mask.key: _runs(mask) for mask in (record.masks if record else ())}


def _runs(mask: Mask) -> Doc:
    try:
        found = boxed_png(mask.png)
        return {"box": list(found.box), "counts": coco_rle.encode(found.pixels)["counts"]}
    except ValueError as error:  # damaged, or in colours
        return {"error": str(error)}
