"""How alike two texts are, by their words."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(text.lower())


def similarity(one: str, other: str) -> float:
    """The token F1 of two texts: twice the words that both have, over the words of both, each as often as it stands.

    1 for the same words in any order, 0 without any word in common; two texts without words are alike.
    """
    ones, others = Counter(words(one)), Counter(words(other))
    total = ones.total() + others.total()
    return 2 * (ones & others).total() / total if total else 1.0
