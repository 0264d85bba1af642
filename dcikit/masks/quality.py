"""How good the masks of a release are, as far as that can be counted without a model."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from dcikit.data.bitmap import decode
from dcikit.data.record import Mask, Record
from dcikit.files.images import ImageError
from dcikit.results.region_facts import mask_depth
from dcikit.schema.errors import DataError

from .bit_mask import BitMask, union
from .group import NEAR_EQUAL, near_equal


@dataclass(frozen=True)
class MaskQuality:
    """The masks of one image; those of quality "bad" do not count.

    Attributes:
        masks: how many.
        covered: the share of the image's pixels that lie in any of them.
        depth: of the tree, 1 where no mask lies in another one; 0 without masks, or where none leads to the image.
        near_equal: pairs of ids whose masks are one by the rule of `group_masks`.
    """

    image_id: str
    masks: int
    covered: float
    depth: int
    near_equal: tuple[tuple[str, str], ...]


def measure_masks(record: Record) -> MaskQuality:
    """Decodes all masks of an image and compares them.

    Raises:
        DataError: if one cannot be decoded.
    """
    masks = [mask for mask in record.masks if mask.quality != "bad"]
    packed = [_packed(record, mask) for mask in masks]
    parents = {mask.mask_id: mask.parent_id for mask in record.masks}
    return MaskQuality(
        record.image_id,
        len(masks),
        union(packed).area / (record.width * record.height) if packed else 0.0,
        max((mask_depth(mask.mask_id, parents) or 0 for mask in masks), default=0),
        tuple(_near_equal(masks, packed)),
    )


def _packed(record: Record, mask: Mask) -> BitMask:
    try:
        return BitMask.pack(decode(mask.png))
    except ImageError as error:
        key = f"mask_data.{mask.mask_id}.outer_mask"
        remedy = "put the mask there again, or remove the image"
        raise DataError(f"{record.image_id}-data.json", key, f"the PNG {error}", remedy) from None


def _near_equal(masks: Sequence[Mask], packed: Sequence[BitMask]) -> list[tuple[str, str]]:
    return [
        (one.mask_id, other.mask_id)
        for (one, first), (other, second) in combinations(zip(masks, packed, strict=True), 2)
        if near_equal(first, second, NEAR_EQUAL)
    ]


@dataclass
class MaskReport:
    """The masks of the images added so far."""

    images: list[MaskQuality] = field(default_factory=list)

    def add(self, image: MaskQuality) -> None:
        self.images.append(image)

    def document(self) -> dict[str, Any]:
        """All of it as JSON; null where there is nothing to divide by.

        covered: the share of the pixels of an image that are in a mask. depth: number of images by the depth of their
        tree. near_equal: the pairs.
        """
        covered = [image.covered for image in self.images]
        pairs = [[image.image_id, *pair] for image in self.images for pair in image.near_equal]
        return {
            "masks": sum(image.masks for image in self.images),
            "images_without_masks": sum(not image.masks for image in self.images),
            "covered": _spread(covered),
            "depth": dict(sorted(Counter(image.depth for image in self.images).items())),
            "near_equal": pairs,
        }


def _spread(shares: Sequence[float]) -> dict[str, float] | None:
    if not shares:
        return None
    found = {"mean": statistics.fmean(shares), "least": min(shares), "most": max(shares)}
    return {name: round(share, 4) for name, share in found.items()}
