"""The task: the regions of an image, each with its first caption and its mask in the middle square of the photo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dcikit.engine.items import Excluded, Item, Row
from dcikit.engine.photo import mask_pixels
from dcikit.schema.regions import BASE

from ..frame import middle_square, why_unusable
from ..sdci_items import CAPTION
from ..task import OnDecision
from .scorer import GroundingScorer


@dataclass(frozen=True)
class Grounding:
    """Pointing, region retrieval, IoU and AP of a model's patch maps (docs/protocol.md §13)."""

    name = "grounding"
    config = "sdci"
    needs = "region with a caption and half of its mask in the middle square of the photo"
    joint = False
    patches = True

    def items(self, row: Row) -> list[Item | Excluded]:
        try:
            size = row["width"], row["height"]
            found = [_item(row["image_id"], region, size) for region in row["regions"]]
        except (KeyError, TypeError, IndexError):
            raise ValueError(
                "`dataset` must have rows of config sdci, with `width`, `height` and the `mask` of each of the "
                '`regions`; load it with load_dataset("dci", "sdci", ...)'
            ) from None
        return found

    def scorer(self, on_decision: OnDecision | None = None) -> GroundingScorer:
        return GroundingScorer(on_decision)

    def protocol(self) -> dict[str, Any]:
        return {
            "name": "grounding",
            "frame": "the middle square of the photo",
            "captions": "the first of each region of the image",
            "ties": "patches, or captions, that score alike count evenly",
            "other": "a caption of the image before, drawn by a hash of the region",
            "interval": "95%, bootstrap over images",
        }


def _item(image_id: str, region: Mapping[str, Any], size: tuple[int, int]) -> Item | Excluded:
    """A region; one without a mask that can be used is an item too, whose caption the others are compared with."""
    key, captions = region["key"], region["captions"]
    if not captions or not captions[0]:
        return Excluded(image_id, key, "no caption")
    box, mask, reason = middle_square(*size), None, None
    if key != BASE:
        if region["mask"] is not None:
            mask = mask_pixels(region["mask"], size, f"image {image_id} region {key}")
        reason = why_unusable(mask, box)
    identity = [image_id, key, box, captions[0], None if mask is None else _hash(mask)]
    facts = {"excluded": reason, "scored": mask is not None and reason is None}
    return Item(image_id, key, box, {CAPTION: captions[0]}, identity, facts, mask=mask if facts["scored"] else None)


def _hash(mask: np.ndarray) -> str:
    """Of its pixels, however they are packed in a file."""
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()
