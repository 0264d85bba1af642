"""What every room calls the regions of an image, their negatives and the qualities of masks (docs/protocol.md §1)."""

from __future__ import annotations

BASE = "base"
"""Key of the region that is the whole image."""

NEGATIVE_KINDS = ("basic", "layout", "swaps")
"""The kinds of negatives, in the order of the protocol."""

QUALITIES = ("ok", "low_quality", "bad")
"""Names of `mask_quality` 0, 1 and 2."""


def mask_key(mask_id: str) -> str:
    """Key of the region that is a mask, `m-<idx>-sc`."""
    return f"m-{mask_id}-sc"
