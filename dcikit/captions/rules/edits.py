"""Changes of a text: what is put where, with capitals and articles set right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from . import tables

_ARTICLE = re.compile(r"\b(an?)(\s+)$", re.IGNORECASE)


class Edit(NamedTuple):
    """New words for those from `start` to `end` of a text, in the case that they have inside a sentence."""

    start: int
    end: int
    new: str


Change = tuple[Edit, ...]
"""The edits that make one wrong caption."""


def edited(text: str, change: Iterable[Edit]) -> str:
    """The text with its edits: a sentence still begins with a capital, and a/an fits the word that now follows it."""
    for start, end, new in sorted(change, reverse=True):
        new = new[:1].upper() + new[1:] if text[start].isupper() else new
        before = text[:start]
        if article := _ARTICLE.search(before):
            fitting = tables.article(new)
            before = before[: article.start()] + article[1][0] + fitting[1:] + article[2]
        text = before + new + text[end:]
    return text


def are_apart(one: Change, other: Change) -> bool:
    """Whether no edit of a change touches one of the other's."""
    return all(a.end <= b.start or b.end <= a.start for a in one for b in other)
