"""Where sentences of English text end. Two rules, as two of the published ways to use captions need them."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|\n+")
_MARK = re.compile(r"[\n.!?]")
_WORD_CHARACTER = re.compile(r"\w")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, with their marks; a line break ends one too."""
    return [part.strip() for part in _END.split(text) if part.strip()]


def sentences_at_marks(text: str) -> list[str]:
    """What stands between newlines, full stops, exclamation and question marks, stripped, if it has a word.

    The rule of DreamLIP's sub-captions, blunt as it is: "3.5 m" is two of them.
    """
    return [part.strip() for part in _MARK.split(text) if _WORD_CHARACTER.search(part)]
