"""Records -> rows, as plain Python objects; `features.py` has their schemas."""

from __future__ import annotations

from typing import Any

from .excluded import excluded_images
from .record import ClipScores, Mask, Record
from .regions import Region, scored_regions
from .text import image_description, mask_description

Row = dict[str, Any]


def dci_row(record: Record) -> Row:
    """The row of config `dci`."""
    return {
        **_image(record),
        "short_caption": record.short_caption,
        "extra_caption": record.extra_caption,
        "description": image_description(record),
        "masks": [_mask(record, mask) for mask in record.masks],
    }


def sdci_row(record: Record) -> Row:
    """The row of config `sdci`."""
    return {
        **_image(record),
        "regions": [_region(region) for region in scored_regions(record)],
        "excluded": [{"suite": suite, "reason": reason} for suite, reason in excluded_images(record).items()],
    }


def iiw_row(record: Record) -> Row:
    """The row of config `iiw`."""
    compared = [{"question": question, "answer": answer} for question, answer in record.side_by_side.items()]
    return {**_image(record), "iiw_description": record.extra_caption, "side_by_side": compared}


def scores_cell(scores: ClipScores | None) -> Row | None:
    """The column `clip_scores` of a region."""
    return {"caption": scores.caption, **scores.negatives} if scores else None


def image_cell(data: bytes | None) -> Row | None:
    """A photo, mask or crop as `datasets` stores it."""
    return None if data is None else {"bytes": data, "path": None}


def _image(record: Record) -> Row:
    return {
        "image_id": record.image_id,
        "file_name": record.file_name,
        "image": image_cell(record.photo),
        "width": record.width,
        "height": record.height,
    }


def _mask(record: Record, mask: Mask) -> Row:
    return {
        "mask_id": mask.mask_id,
        "parent_id": mask.parent_id,
        "child_ids": list(mask.child_ids),
        "label": mask.label,
        "caption": mask.caption,
        "quality": mask.quality,
        "bbox": list(mask.bbox),
        "area": mask.area,
        "mask": image_cell(mask.png),
        "description": mask_description(record, mask),
    }


def _region(region: Region) -> Row:
    return {
        "key": region.key,
        "mask_id": region.mask.mask_id if region.mask else None,
        "label": region.mask.label if region.mask else "",
        "bbox": list(region.bbox),
        "crop_box": list(region.crop_box),
        "captions": region.captions,
        "negatives": region.negatives,
        "clip_scores": scores_cell(region.clip_scores),
        "mask": image_cell(region.mask.png) if region.mask else None,
    }
