"""How many of a release's masks were found: recall, and the best IoU of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from dcikit.data.bitmap import decode
from dcikit.data.pixels import png_size
from dcikit.data.record import Mask, Record
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError

from .bit_mask import BitMask
from .photos import annotation_name

THRESHOLDS = (0.5, 0.75, 0.9)


@dataclass
class Recall:
    """The best IoU of each mask of a release with any found mask of its photo.

    Attributes:
        best: of all masks, photo by photo.
        photos: how many were compared.
        missing: photos of the release that were not proposed for.
    """

    best: list[float] = field(default_factory=list)
    photos: int = 0
    missing: int = 0

    def at(self, threshold: float) -> float:
        """The share of masks with an IoU of at least that; NaN without masks."""
        return float(np.mean([iou >= threshold for iou in self.best])) if self.best else float("nan")

    @property
    def mean(self) -> float:
        return float(np.mean(self.best)) if self.best else float("nan")


def records(release: Release) -> Iterator[Record]:
    """All images of a release, without their photos."""
    for names in release.splits.values():
        for name in names:
            yield release.read(name, summaries=False, photo=False)


def compare(found: Release, true: Release, min_area: int) -> Iterator[Recall]:
    """Compares photos of the same file name, one after the other; yields the growing result.

    Args:
        found: what `write_release` made.
        true: whose masks of at least `min_area` pixels are to be found, whatever their quality.

    Raises:
        DataError: a defect of either.
        ArgumentError: if a photo has another size in one of them.
    """
    names = {name for part in found.splits.values() for name in part}
    recall = Recall()
    for record in records(true):
        name = annotation_name(record.file_name)
        if name in names:
            masks = found.read(name, summaries=False, photo=False).masks
            wanted = [mask for mask in record.masks if mask.area >= min_area]
            if masks and wanted and png_size(masks[0].png) != png_size(wanted[0].png):
                raise ArgumentError(
                    f"{record.file_name} has another size in {true.folder}; give the release of these photos"
                )
            recall.best += best_ious(_packed(wanted), _packed(masks))
            recall.photos += 1
        else:
            recall.missing += 1
        yield recall


def best_ious(wanted: Sequence[BitMask], found: Sequence[BitMask]) -> list[float]:
    """For each wanted mask, the largest IoU with one of the found ones; 0 without any."""
    return [max((_iou(mask, other) for other in found), default=0.0) for mask in wanted]


def _iou(one: BitMask, other: BitMask) -> float:
    both = one.overlap(other)
    return both / (one.area + other.area - both) if both else 0.0


def _packed(masks: Sequence[Mask]) -> list[BitMask]:
    return [BitMask.pack(decode(mask.png)) for mask in masks]
