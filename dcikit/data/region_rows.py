"""Records -> rows of config `regions`, one a region: flat, for viewers and for loaders of crops."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

from dcikit.schema.regions import BASE, NEGATIVE_KINDS, crop_box

from .crops import PhotoCrops, photo_crops
from .record import Box, Mask, Record
from .rows import Row, image_cell, scores_cell
from .text import extended_caption


def region_rows(record: Record) -> list[Row]:
    """The image, then all its masks, whatever their size and quality; with crops if the record has its photo."""
    with photo_crops(record) if record.photo else nullcontext() as crops:
        flat = _Flat(record, crops)
        return [flat.base(), *map(flat.mask, record.masks)]


@dataclass(frozen=True)
class _Flat:
    """The rows of a record."""

    record: Record
    crops: PhotoCrops | None

    def base(self) -> Row:
        whole = (0, 0, self.record.width, self.record.height)
        return {
            **self._row(BASE, whole, whole),
            "mask_id": None,
            "parent_id": None,
            "label": "",
            "caption": extended_caption(self.record),
            "quality": "ok",
            "area": self.record.width * self.record.height,
            "mask": None,
        }

    def mask(self, mask: Mask) -> Row:
        return {
            **self._row(mask.key, mask.bbox, crop_box(mask.bbox, self.record.width, self.record.height)),
            "mask_id": mask.mask_id,
            "parent_id": mask.parent_id,
            "label": mask.label,
            "caption": mask.caption,
            "quality": mask.quality,
            "area": mask.area,
            "mask": image_cell(mask.png),
        }

    def _row(self, key: str, bbox: Box, crop: Box) -> Row:
        x0, y0, x1, y1 = crop
        return {
            "image_id": self.record.image_id,
            "file_name": self.record.file_name,
            "key": key,
            "bbox": list(bbox),
            "crop_box": list(crop),
            "captions": self.record.captions.get(key, []),
            "negatives": self.record.negatives.get(key) or {kind: [] for kind in NEGATIVE_KINDS},
            "clip_scores": scores_cell(self.record.clip_scores.get(key)),
            "crop": image_cell(self.crops.jpeg(crop)) if self.crops and x0 < x1 and y0 < y1 else None,
        }
