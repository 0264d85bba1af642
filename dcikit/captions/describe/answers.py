"""What a model must answer to describe a region or a photo."""

from __future__ import annotations

from typing import Any

from dcikit.files.strict_json import parse_strictly
from dcikit.schema.regions import QUALITIES

from ..checks import Reason, clean, defect, without_thought
from ..request import Answer

Texts = dict[str, str]


def region_texts(answer: Answer, prompt: str) -> Texts | Reason:
    """Label, caption and quality; a mask of low quality has no caption, a bad one no label either.

    Args:
        prompt: the template that was filled in.
    """
    found = _object(answer, ("label", "caption", "quality"))
    if isinstance(found, Reason):
        return found
    quality = found["quality"].strip().lower().replace(" ", "_")
    if quality not in QUALITIES:
        return Reason.no_object
    wanted = ("label", "caption")[: 2 - QUALITIES.index(quality)]
    texts = _checked({name: found[name] for name in wanted}, prompt)
    return texts if isinstance(texts, Reason) else {"label": "", "caption": "", **texts, "quality": quality}


def image_texts(answer: Answer, prompt: str) -> Texts | Reason:
    """The short and the long description of a photo."""
    found = _object(answer, ("short", "long"))
    return found if isinstance(found, Reason) else _checked(found, prompt)


def _object(answer: Answer, keys: tuple[str, ...]) -> Texts | Reason:
    """The strings of a JSON object that may stand in a fence, or among other words."""
    text = without_thought(answer.text)
    start, end = text.find("{"), text.rfind("}") + 1
    if start < 0 or not end:
        return Reason.no_object if answer.finished else Reason.cut_off
    try:
        found: Any = parse_strictly(text[start:end])
    except ValueError:
        return Reason.no_object if answer.finished else Reason.cut_off
    if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in keys):
        return Reason.no_object
    return {key: found[key] for key in keys}


def _checked(texts: Texts, prompt: str) -> Texts | Reason:
    """The texts, each on one line, or why one of them is none."""
    texts = {name: clean(" ".join(text.split())) for name, text in texts.items()}
    for text in texts.values():
        if reason := defect(text, prompt):
            return reason
    return texts
