"""One image of the release as typed records (docs/protocol.md §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from dcikit.schema.regions import MIN_SIDE, Box, mask_key


@dataclass(frozen=True)
class Mask:
    """A segmentation mask and what was written about it.

    Attributes:
        mask_id: the mask's `idx`.
        parent_id: `idx` of the mask that holds it; None: the image itself.
        child_ids: `requirements`, as written: an id may not exist.
        label, caption: empty where the annotators wrote none.
        quality: one of `schema.regions.QUALITIES`.
        bbox: the mask's bounds.
        area: pixels of the mask.
        png: the release's own 1-bit PNG, as large as the photo.
        absent: those of `label` and `caption` whose key the file does not have (docs/protocol.md §4).
    """

    mask_id: str
    parent_id: str | None
    child_ids: tuple[str, ...]
    label: str
    caption: str
    quality: str
    bbox: Box
    area: int
    png: bytes
    absent: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return mask_key(self.mask_id)


@dataclass(frozen=True)
class ClipScores:
    """CLIP ViT-B/32 logits of a region's first caption and of its negatives; None where one is missing."""

    caption: float | None
    negatives: dict[str, list[float | None]]


@dataclass(frozen=True)
class Record:
    """An image with its masks, in file order, and, in `complete/`, its summaries by region key.

    Attributes:
        min_side: pixels from which a mask is a subcrop.
        side_by_side: how people compared `extra_caption` with DCI's own: question -> answer; only in what was imported
            from ImageInWords.
    """

    image_id: str
    file_name: str
    width: int
    height: int
    short_caption: str
    extra_caption: str
    masks: tuple[Mask, ...]
    captions: dict[str, list[str]] = field(default_factory=dict)
    negatives: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    clip_scores: dict[str, ClipScores] = field(default_factory=dict)
    min_side: int = MIN_SIDE
    side_by_side: dict[str, str] = field(default_factory=dict)
    photo: bytes | None = None

    @cached_property
    def by_id(self) -> dict[str, Mask]:
        return {mask.mask_id: mask for mask in self.masks}
