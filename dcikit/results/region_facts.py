"""What is known of a region before any model sees it; scores are sliced by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE

Key = tuple[str, str]
"""image_id and key of a region."""


class RegionFacts(NamedTuple):
    """Facts of one region.

    Attributes:
        crop_area_share: area of the crop box as a share of the photo's.
        crop_area: the same in pixels.
        caption_words: words of the first caption.
        n_captions: how many captions it has.
        mask_depth: 0: the whole image, 1: a mask right in it, and so on; None where nobody said.
    """

    crop_area_share: float
    crop_area: int
    caption_words: int
    n_captions: int
    mask_depth: int | None


def region_facts(row: Mapping[str, Any], parents: Mapping[str, str | None] | None = None) -> dict[Key, RegionFacts]:
    """The facts of all regions of a row.

    Args:
        row: a row of config `sdci`; its photo is not read.
        parents: id of each mask of the image -> that of the mask that holds it, None: the image. Rows of config `sdci`
            lack masks that are no subcrops, so they cannot tell.

    Raises:
        ValueError: if the row is not one of config `sdci`.
    """
    try:
        pixels = row["width"] * row["height"]
        return {(row["image_id"], region["key"]): _facts(region, pixels, parents or {}) for region in row["regions"]}
    except (KeyError, TypeError):
        raise ArgumentError(
            "`dataset` must have rows of config sdci, with `image_id`, `width`, `height` and `regions`; "
            'load it with load_dataset("dci", "sdci", ...)'
        ) from None


def _facts(region: Mapping[str, Any], pixels: int, parents: Mapping[str, str | None]) -> RegionFacts:
    x0, y0, x1, y1 = region["crop_box"]
    area = (x1 - x0) * (y1 - y0)
    captions = region["captions"]
    return RegionFacts(
        crop_area_share=area / pixels,
        crop_area=area,
        caption_words=len(captions[0].split()) if captions else 0,
        n_captions=len(captions),
        mask_depth=0 if region["key"] == BASE else mask_depth(region["mask_id"], parents),
    )


def mask_depth(mask_id: str, parents: Mapping[str, str | None]) -> int | None:
    """How many masks hold a mask, itself included; None if its chain of parents is unknown, or ends nowhere."""
    depth = 0
    above: str | None = mask_id
    while above is not None:
        depth += 1
        if above not in parents or depth > len(parents):
            return None
        above = parents[above]
    return depth
