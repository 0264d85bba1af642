"""In which order masks are described, when an image is complete, and what can be undone in it."""

from __future__ import annotations

from typing import Any

from dcikit.data.record import Mask, Record

from .journal import Event
from .undo import undoable


def description_order(record: Record) -> list[Mask]:
    """Every mask after those that lie in it, and of siblings the smaller one first.

    A mask whose parent does not exist is one of the image's own.
    """
    below: dict[str | None, list[Mask]] = {}
    for mask in record.masks:
        below.setdefault(mask.parent_id if mask.parent_id in record.by_id else None, []).append(mask)
    order: list[Mask] = []
    waiting = sorted(below.get(None, []), key=lambda mask: mask.area)
    while waiting:  # parents before children, larger siblings first: the order wanted, backwards
        mask = waiting.pop()
        order.append(mask)
        waiting += sorted(below.get(mask.mask_id, []), key=lambda mask: mask.area)
    return order[::-1]


def is_described(mask: Mask) -> bool:
    """Whether a mask has the texts that its quality asks for: label and caption, the label alone, or nothing."""
    wanted = {"ok": (mask.label, mask.caption), "low_quality": (mask.label,), "bad": ()}[mask.quality]
    return all(text.strip() for text in wanted)


def missing(record: Record) -> list[str]:
    """What an image lacks to be finished: "short_caption", ids of masks, "extra_caption"."""
    masks = [mask.mask_id for mask in description_order(record) if not is_described(mask)]
    short = [] if record.short_caption.strip() else ["short_caption"]
    extra = [] if record.extra_caption.strip() else ["extra_caption"]
    return [*short, *masks, *extra]


def progress(record: Record, events: list[Event]) -> dict[str, Any]:
    """What a page is told after every change: the version, what is missing, what can be undone and redone."""
    done, undone = undoable(events)
    return {
        "version": len(events),
        "missing": missing(record),
        "undo": done[-1].action if done else None,
        "redo": undone[-1].action if undone else None,
    }
