"""What an annotator can do to an image: an action's name and payload -> the edits of the document.

| action | payload |
| --- | --- |
| write | `mask` (absent: the image), `field`, `text`: short_caption, extra_caption; label, caption, quality of a mask |
| accept | `mask`: a proposed mask is fine as it is |
| draw | `rle`: a new mask |
| reshape, split | `mask`, `rle` |
| merge | `masks`: ids, the first one keeps its texts |
| reject | `mask` |
| finish, skip, reopen | of the image |

An `rle` is COCO's, uncompressed or not, of the image's size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dcikit.data.annotation import annotation
from dcikit.data.record import Record
from dcikit.files.json_node import Node
from dcikit.files.json_values import identifier, identifiers, text
from dcikit.masks.rle import decode_rle
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import QUALITIES

from . import masks
from .document import Doc, Edit, value_at

STATUS = {"finish": "finished", "skip": "skipped", "reopen": "open"}
"""Action -> what it makes of the image."""

_MARKS = ("accept", *STATUS)

_MASK_ACTIONS: dict[str, Callable[[masks.Masks, Node, Record], masks.Masks]] = {
    "draw": lambda before, sent, image: masks.add(before, _pixels(sent, image)),
    "reshape": lambda before, sent, image: masks.reshape(before, _mask_id(sent), _pixels(sent, image)),
    "split": lambda before, sent, image: masks.split(before, _mask_id(sent), _pixels(sent, image)),
    "merge": lambda before, sent, image: masks.merge(before, sent.get("masks", identifiers)),
    "reject": lambda before, sent, image: masks.reject(before, _mask_id(sent)),
}


def edits_of(action: str, payload: dict[str, Any], doc: Doc, record: Record) -> tuple[Edit, ...]:
    """What an action changes in the document of an image, which `record` reads.

    Raises:
        ArgumentError: if there is no such action, or it cannot be done to this image.
        DataError: if the payload is wrong.
    """
    sent = Node(payload, action)
    if action == "write":
        return _written(sent, doc)
    if action in _MASK_ACTIONS:
        after = _MASK_ACTIONS[action](record.masks, sent, record)
        return _differences(doc, record, replace(record, masks=after))
    if action in _MARKS:
        return ()
    known = ", ".join(("write", *_MASK_ACTIONS, *_MARKS, "undo", "redo"))
    raise ArgumentError(f"`action` must be one of {known}, got {action!r}")


def _written(sent: Node, doc: Doc) -> tuple[Edit, ...]:
    field, value = sent.get("field", text), sent.get("text", text)
    mask_id = sent.find("mask", identifier)
    if mask_id is None:
        return _edit(doc, (field,), value, field in ("short_caption", "extra_caption"))
    place = ("mask_data", mask_id)
    if value_at(doc, place) is None:
        raise ArgumentError(f"`mask` must be a mask of the image, got {mask_id!r}; it may have been removed")
    if field == "quality":
        index = QUALITIES.index(value) if value in QUALITIES else None
        return _edit(doc, (*place, "mask_quality"), index, index is not None)
    return _edit(doc, (*place, field), value, field in ("label", "caption"))


def _edit(doc: Doc, path: tuple[str, ...], value: str | int | None, allowed: bool) -> tuple[Edit, ...]:
    if not allowed:
        raise ArgumentError(f"`field` must be one that is annotated, with a value that it can have, got {path[-1]!r}")
    before = value_at(doc, path)
    return () if before == value else (Edit(path, before, value),)


def _differences(doc: Doc, before: Record, after: Record) -> tuple[Edit, ...]:
    """The masks that two records do not share, and their order if it is another one."""
    known = before.by_id
    documents = annotation(after)["mask_data"]
    edits = [
        Edit(("mask_data", mask.mask_id), old, {**(old or {}), **documents[mask.mask_id]})
        for mask in after.masks
        if mask != known.get(mask.mask_id)
        for old in [doc["mask_data"].get(mask.mask_id)]
    ]
    edits += [Edit(("mask_data", key), doc["mask_data"][key], None) for key in known if key not in after.by_id]
    order = list(documents)
    return (*edits, *([Edit(("mask_keys",), doc["mask_keys"], order)] if order != doc["mask_keys"] else []))


def _mask_id(sent: Node) -> str:
    return sent.get("mask", identifier)


def _pixels(sent: Node, image: Record) -> np.ndarray:
    try:
        return decode_rle(sent["rle"].value, (image.width, image.height))
    except ValueError as error:
        raise sent.error(str(error), "draw the mask again", "rle") from None
