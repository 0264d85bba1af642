"""The texts of an image and of its masks (docs/protocol.md §2)."""

from __future__ import annotations

from collections.abc import Iterator

from .record import Mask, Record

_ALSO_SEEN = "The following can also be seen in the image:"


def region_text(mask: Mask) -> str:
    """`label: caption` of a mask, its label alone at low quality, empty at bad quality."""
    if mask.quality == "ok":
        return f"{mask.label}: {mask.caption}"
    return mask.label if mask.quality == "low_quality" else ""


def extended_caption(record: Record) -> str:
    """The short caption, a newline, the extra caption."""
    return f"{record.short_caption}\n{record.extra_caption}"


def image_description(record: Record) -> str:
    """The extended caption and the region texts of all masks in file order, one a line."""
    return _with_regions(extended_caption(record), record.masks)


def mask_description(record: Record, mask: Mask) -> str:
    """A sentence on the mask and the region texts of what it holds, depth first, one a line.

    A child of bad quality is left out with everything below it.
    """
    return _with_regions(f"This is an image of {mask.label}. {mask.caption}", _below(record, mask))


def _below(record: Record, mask: Mask) -> Iterator[Mask]:
    waiting = list(reversed(mask.child_ids))
    while waiting:
        child = record.by_id.get(waiting.pop())
        if child is not None and child.quality != "bad":
            yield child
            waiting.extend(reversed(child.child_ids))


def _with_regions(text: str, masks: Iterator[Mask] | tuple[Mask, ...]) -> str:
    regions = [region for mask in masks if (region := region_text(mask))]
    return "\n".join([text, _ALSO_SEEN, *regions]) if regions else text
