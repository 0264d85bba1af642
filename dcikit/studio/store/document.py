"""The document of an annotation file, and edits of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.data.parse import parse_record
from dcikit.data.record import Record
from dcikit.files.json_node import Node
from dcikit.files.whole_file import write_whole

Doc = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """One value of a document that changes.

    Attributes:
        path: its keys from the top, such as `("mask_data", "3", "label")`.
        before, after: the value; None: the key is not there.
    """

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def reversed(self) -> Edit:
        return Edit(self.path, self.after, self.before)


def normalised(doc: Doc) -> Doc:
    """The document with its masks under their ids, in the order of `mask_keys`; keys that we do not know stay."""
    masks = {str(mask["idx"]): mask for mask in doc["mask_data"].values()}
    return {**doc, "mask_data": masks, "mask_keys": list(masks)}


def edited(doc: Doc, edits: Iterable[Edit]) -> Doc:
    """A copy with the edits' values; to edit it again with the same edits changes nothing.

    An edit inside a mask that is not there any more is passed over: what it changed is gone.
    """
    doc = {**doc, "mask_data": dict(doc["mask_data"])}
    for edit in edits:
        *above, key = edit.path
        if value_at(doc, above) is None:
            continue
        place = doc
        for name in above:
            place[name] = place = dict(place[name])
        if edit.after is None:
            place.pop(key, None)
        else:
            place[key] = edit.after
    order = [key for key in doc["mask_keys"] if key in doc["mask_data"]]
    doc["mask_data"] = {key: doc["mask_data"][key] for key in dict.fromkeys([*order, *doc["mask_data"]])}
    doc["mask_keys"] = list(doc["mask_data"])
    return doc


def value_at(doc: Doc, path: Iterable[str]) -> Any:
    """The value at a path; None where there is none."""
    value: Any = doc
    for key in path:
        value = value.get(key)
        if value is None:
            return None
    return value


def as_record(doc: Doc, path: Path) -> Record:
    """The checked record of a document.

    Args:
        path: its file, for errors.

    Raises:
        DataError: the first defect.
    """
    record, defects = parse_record(Node(doc, str(path)), path.name.removesuffix("-data.json"))
    if record is None:
        raise defects[0]
    return record


def write_document(path: Path, doc: Doc) -> None:
    """Replaces an annotation file at once; it is on the disk then."""
    write_whole(path, json.dumps(doc, ensure_ascii=False).encode(), durable=True)
