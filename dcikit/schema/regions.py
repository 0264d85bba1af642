"""What every room calls the regions of an image, their negatives and the qualities of masks, and how a crop is cut
(docs/protocol.md §1, §3)."""

from __future__ import annotations

BASE = "base"
"""Key of the region that is the whole image."""

NEGATIVE_KINDS = ("basic", "layout", "swaps")
"""The kinds of negatives, in the order of the protocol."""

OTHER_KINDS = ("attribute",)
"""Kinds of other datasets: rows, files and results have them only where the data do (docs/protocol.md §5)."""

QUALITIES = ("ok", "low_quality", "bad")
"""Names of `mask_quality` 0, 1 and 2."""

MIN_SIDE = 224
"""A mask is a subcrop if its bounds are at least this many pixels wide and high."""

MARGIN = 0.15
"""A crop is larger than the bounds by this share of their width and height, on every side."""

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""


def mask_key(mask_id: str) -> str:
    """Key of the region that is a mask, `m-<idx>-sc`."""
    return f"m-{mask_id}-sc"


def crop_box(bbox: Box, width: int, height: int) -> Box:
    """The bounds with their margin, clamped to an image of `width` x `height` pixels."""
    x0, y0, x1, y1 = bbox
    margin_x, margin_y = int(MARGIN * (x1 - x0)), int(MARGIN * (y1 - y0))
    return max(x0 - margin_x, 0), max(y0 - margin_y, 0), min(x1 + margin_x, width), min(y1 + margin_y, height)
