"""What a model is shown of a region (docs/protocol.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dcikit.engine.items import Excluded, Item, Row
from dcikit.engine.photo import mask_pixels
from dcikit.engine.views import KINDS, View
from dcikit.schema.configs import DCI_AND_SDCI
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.regions import BASE, crop_box

from ..frame import middle_square, why_unusable

OF = ("region", "parent", "image")
"""What can be shown: the region itself, the mask that holds it, the whole photo."""

POOL = "pool"

REDUCE = ("max", "mean")


@dataclass(frozen=True)
class Views:
    """The crop of a region, which is the paper's, or other pixels; several have one score together.

    Args:
        region_view: how the region itself is shown, one of `engine.views.KINDS`; or pool: the mean of the patches of
            its mask, of a model that answers with patches and sees the photo once.
        of: some of `OF`.
        reduce: of the scores of several views with a text the highest (max), or their mean.

    Raises:
        ArgumentError: if one is unknown, or something is said of a view that is not asked for.
    """

    region_view: str = "crop"
    of: tuple[str, ...] = ("region",)
    reduce: str = "max"

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", (self.of,) if isinstance(self.of, str) else tuple(self.of))
        if self.region_view not in (*KINDS, POOL):
            raise ArgumentError(f"`region_view` must be one of {', '.join([*KINDS, POOL])}, got {self.region_view!r}")
        if not self.of or not set(self.of) <= set(OF):
            raise ArgumentError(f"`views` must be some of {', '.join(OF)}, got {', '.join(self.of) or 'none'}")
        if self.reduce not in REDUCE:
            raise ArgumentError(f"`reduce` must be one of {', '.join(REDUCE)}, got {self.reduce!r}")
        if self.region_view != "crop" and "region" not in self.of:
            raise ArgumentError("`region_view` is for view region; add it to `views`")
        if self.patches and self.of != ("region",):
            raise ArgumentError("`views` must be region alone with `region_view` pool; leave it out")
        object.__setattr__(self, "of", tuple(each for each in OF if each in self.of))

    @property
    def patches(self) -> bool:
        """Whether they are those of a model that answers with patches."""
        return self.region_view == POOL

    @property
    def config(self) -> str:
        """Which rows have what is shown: only config dci knows the parents."""
        return DCI_AND_SDCI if "parent" in self.of else "sdci"

    def protocol(self) -> dict[str, Any]:
        """What is not the paper's, as parameters of a protocol."""
        if self == CROP:
            return {}
        reduce = {"reduce": self.reduce} if len(self.of) > 1 else {}
        return {"region_view": self.region_view, "views": list(self.of), **reduce}

    def show(self, item: Item, row: Row) -> Item | Excluded:
        """The item of a region, to be looked at so; excluded if its mask is not in the frame of a pool.

        Raises:
            ValueError: if the row does not know its parent.
            DataError: if the region is a mask, and the row does not have it.
        """
        if self == CROP:
            return item
        [region] = [region for region in row["regions"] if region["key"] == item.key]
        if self.patches:
            return self._pooled(item, region, (row["width"], row["height"]))
        return replace(item, views=tuple(self._view(each, item, region, row) for each in self.of), reduce=self.reduce)

    def _view(self, of: str, item: Item, region: Mapping[str, Any], row: Row) -> View:
        if of == "region":
            return View(self.region_view, None if self.region_view == "outline" else item.box, self._mask(item, region))
        return View("crop", _parent_box(region, row) if of == "parent" else None)

    def _pooled(self, item: Item, region: Mapping[str, Any], size: tuple[int, int]) -> Item | Excluded:
        frame, value = middle_square(*size), self._mask(item, region)
        if value is None:  # base
            return replace(item, box=frame)
        mask = mask_pixels(value, size, str(item))
        reason = why_unusable(mask, frame)
        return Excluded(item.image_id, item.key, reason) if reason else replace(item, box=frame, mask=mask)

    def _mask(self, item: Item, region: Mapping[str, Any]) -> Any:
        if self.region_view == "crop" or item.key == BASE:
            return None
        if region.get("mask") is None:
            problem = f"the region has no mask, which view {self.region_view} needs"
            raise DataError(str(item), "mask", problem, "take rows with masks, or view crop")
        return region["mask"]


CROP = Views()
"""The paper's."""


def _parent_box(region: Mapping[str, Any], row: Row) -> tuple[int, int, int, int] | None:
    """The crop of the mask that holds the region's; None: the whole photo."""
    try:
        masks = {mask["mask_id"]: mask for mask in row["masks"]}
    except (KeyError, TypeError):
        raise ValueError(
            "`dataset` must have the columns of config dci beside those of sdci for view parent, "
            f"image {row['image_id']} has no `masks`"
        ) from None
    mask = masks.get(region["mask_id"])
    parent = masks.get(mask["parent_id"]) if mask else None
    return crop_box(tuple(parent["bbox"]), row["width"], row["height"]) if parent else None
