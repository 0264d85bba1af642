"""Texts that were there before anybody annotated, such as a model's, and what became of each of them."""

from __future__ import annotations

from collections.abc import Iterable

from dcikit.data.record import Mask
from dcikit.schema.regions import QUALITIES

from ..text_similarity import similarity
from .journal import Event

CHANGED = 0.5
"""From this similarity on a text was changed, below it was rewritten."""

VERDICTS = ("kept", "changed", "rewritten", "open")
"""What becomes of a suggestion."""

Texts = dict[str, str]

_NAMES = {"label": "label", "caption": "caption", "mask_quality": "quality"}


def given_texts(mask: Mask, events: Iterable[Event]) -> Texts:
    """Label, caption and quality of a mask before its first edit; without label and caption nothing was given."""
    found: Texts = {}
    for event in events:
        for edit in event.edits:
            match edit.path:
                case ("mask_data", mask.mask_id, name) if name in _NAMES:
                    before = QUALITIES[edit.before] if name == "mask_quality" else edit.before or ""
                    found.setdefault(_NAMES[name], before)
    texts = {"label": mask.label, "caption": mask.caption, "quality": mask.quality} | found
    return texts if texts["label"] or texts["caption"] else {}


def verdict(mask: Mask, given: Texts, events: Iterable[Event]) -> str:
    """What became of given texts: one of `VERDICTS`; open until somebody accepts or edits them."""
    accepted = any(event.action == "accept" and event.payload.get("mask") == mask.mask_id for event in events)
    if (mask.label, mask.caption, mask.quality) == (given["label"], given["caption"], given["quality"]):
        return "kept" if accepted else "open"
    alike = similarity(f"{given['label']} {given['caption']}", f"{mask.label} {mask.caption}")
    return "changed" if alike >= CHANGED else "rewritten"
