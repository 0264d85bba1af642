"""An image as the page of the annotator has it."""

from __future__ import annotations

import hashlib
from typing import Any

from dcikit.data.record import Mask, Record

from ..store.journal import Event
from ..store.progress import description_order, is_described, progress
from ..store.store import Store
from ..store.suggestions import given_texts, verdict

Doc = dict[str, Any]


def image_state(store: Store, image_id: str) -> Doc:
    """All of an image but its pixels; masks in the order in which they are described."""
    record, version = store.read(image_id)
    events = store.history(image_id)[:version]
    return {
        "image_id": image_id,
        "file_name": record.file_name,
        "width": record.width,
        "height": record.height,
        "short_caption": record.short_caption,
        "extra_caption": record.extra_caption,
        "masks": [_mask(mask, record, events) for mask in description_order(record)],
        "status": store.statuses().get(image_id, ("open", ""))[0],
        **progress(record, events),
    }


def _mask(mask: Mask, record: Record, events: list[Event]) -> Doc:
    given = given_texts(mask, events)
    children = [other.mask_id for other in record.masks if other.parent_id == mask.mask_id]
    return {
        "mask_id": mask.mask_id,
        "parent_id": mask.parent_id if mask.parent_id in record.by_id else None,
        "child_ids": children,
        "label": mask.label,
        "caption": mask.caption,
        "quality": mask.quality,
        "box": list(mask.bbox),
        "area": mask.area,
        "pixels": hashlib.sha256(mask.png).hexdigest()[:16],
        "described": is_described(mask),
        "given": given or None,
        "verdict": verdict(mask, given, events) if given else None,
    }


def history(store: Store, image_id: str) -> list[Doc]:
    """Who changed what and when, last to first."""
    return [_event(event) for event in reversed(store.history(image_id))]


def _event(event: Event) -> Doc:
    changes = [
        {"path": list(edit.path), "before": _shown(edit.before), "after": _shown(edit.after)} for edit in event.edits
    ]
    return {
        "version": event.version,
        "author": event.author,
        "time": event.time,
        "action": event.action,
        "mask": event.payload.get("mask"),
        "edits": changes,
    }


def _shown(value: Any) -> str | int | None:
    """A text or number as it is; of a whole mask only its label, its pixels would fill the page."""
    return value.get("label", "") if isinstance(value, dict) else None if isinstance(value, list) else value
