"""The texts of an image and of its masks (docs/protocol.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    """A sentence on the mask and the region texts of its `submasks`, one a line."""
    inside = (submask for submask, _ in submasks(record, mask))
    return _with_regions(f"This is an image of {mask.label}. {mask.caption}", inside)


def submasks(record: Record, mask: Mask) -> Iterator[tuple[Mask, int]]:
    """The masks that a description of `mask` tells of, depth first, with their depth below it (1: a child).

    A child of bad quality is skipped with everything below it, and so is one that does not exist.
    """
    waiting = [(child_id, 1) for child_id in reversed(mask.child_ids)]
    while waiting:
        child_id, depth = waiting.pop()
        child = record.by_id.get(child_id)
        if child is not None and child.quality != "bad":
            yield child, depth
            waiting.extend((below, depth + 1) for below in reversed(child.child_ids))


def _with_regions(text: str, masks: Iterable[Mask]) -> str:
    regions = [region for mask in masks if (region := region_text(mask))]
    return "\n".join([text, _ALSO_SEEN, *regions]) if regions else text
