"""How far two people agree who annotated the same images, or one person and an answer that is known to be right."""

from __future__ import annotations

from dataclasses import dataclass, field

from dcikit.data.bitmap import decode
from dcikit.data.record import Mask, Record
from dcikit.masks.bit_mask import BitMask

from ..text_similarity import similarity

MATCHED = 0.5
"""The least IoU of two masks that are taken for one."""


@dataclass
class Agreement:
    """What two annotations of some images share.

    Attributes:
        images: how many were compared.
        masks: how many there are of either, a matched pair counted once.
        ious: of each matched pair of masks.
        same_quality: pairs with the same quality.
        labels, captions: similarity of the texts of each pair, where either wrote any and neither called the mask bad.
        descriptions: of the descriptions of each image, short and long together.
    """

    images: int = 0
    masks: int = 0
    same_quality: int = 0
    ious: list[float] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)
    captions: list[float] = field(default_factory=list)
    descriptions: list[float] = field(default_factory=list)

    def add(self, one: Record, other: Record) -> None:
        """Compares two annotations of one image, which must have the same size."""
        pairs = matches(one.masks, other.masks)
        self.images += 1
        self.masks += len(one.masks) + len(other.masks) - len(pairs)
        texts = [f"{record.short_caption} {record.extra_caption}" for record in (one, other)]
        self.descriptions.append(similarity(*texts))
        for mask, match, iou in pairs:
            self.ious.append(iou)
            self.same_quality += mask.quality == match.quality
            if "bad" not in (mask.quality, match.quality):
                self.labels += _alike(mask.label, match.label)
                self.captions += _alike(mask.caption, match.caption)


def matches(masks: tuple[Mask, ...], others: tuple[Mask, ...]) -> list[tuple[Mask, Mask, float]]:
    """Pairs of masks by IoU, the best pair first, each mask in one pair at most; none below `MATCHED`."""
    drawn, drawn_others = ([BitMask.pack(decode(mask.png)) for mask in each] for each in (masks, others))
    ious = [
        (iou, index, place)
        for index, mask in enumerate(drawn)
        for place, other in enumerate(drawn_others)
        if (iou := _iou(mask, other)) >= MATCHED
    ]
    found: list[tuple[Mask, Mask, float]] = []
    left, left_others = set(range(len(masks))), set(range(len(others)))
    for iou, index, place in sorted(ious, key=lambda each: (-each[0], each[1:])):
        if index in left and place in left_others:
            left.remove(index)
            left_others.remove(place)
            found.append((masks[index], others[place], iou))
    return found


def _iou(mask: BitMask, other: BitMask) -> float:
    both = mask.overlap(other)
    return both / (mask.area + other.area - both) if both else 0.0


def _alike(text: str, other: str) -> list[float]:
    return [similarity(text, other)] if text.strip() or other.strip() else []
