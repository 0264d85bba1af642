"""Which regions of an image are scored, with their boxes (docs/protocol.md §3, §4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dcikit.schema.regions import BASE, MIN_SIDE, Box, crop_box

from .record import ClipScores, Mask, Record


@dataclass(frozen=True)
class Region:
    """The whole image (`mask` is None) or a subcrop, with what sDCI says of it."""

    key: str
    mask: Mask | None
    bbox: Box
    crop_box: Box
    captions: list[str]
    negatives: dict[str, list[str]]
    clip_scores: ClipScores | None


def is_subcrop(mask: Mask, min_side: int = MIN_SIDE) -> bool:
    x0, y0, x1, y1 = mask.bbox
    return x1 - x0 >= min_side and y1 - y0 >= min_side


def scored_regions(record: Record) -> Iterator[Region]:
    """The regions that sDCI scores, in order: the image, then its subcrops in file order.

    Those without a summary or without negatives are excluded. A summary may be an empty text.
    """
    whole = (0, 0, record.width, record.height)
    yield from _entry(record, BASE, None, whole, whole)
    for mask in record.masks:
        if is_subcrop(mask, record.min_side):
            crop = crop_box(mask.bbox, record.width, record.height)
            yield from _entry(record, mask.key, mask, mask.bbox, crop)


def _entry(record: Record, key: str, mask: Mask | None, bbox: Box, crop: Box) -> Iterator[Region]:
    captions, negatives = record.captions.get(key, []), record.negatives.get(key, {})
    if captions and any(negatives.values()):
        yield Region(key, mask, bbox, crop, captions, negatives, record.clip_scores.get(key))
