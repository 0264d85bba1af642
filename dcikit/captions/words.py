"""Words of English text, without a model."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

FUNCTION_WORDS = frozenset(
    "a about above across after against all along also although among an and another any are around as at away be "
    "because been before behind being below beneath beside between beyond both but by can could did do does down "
    "each either every few for from front had has have he her here hers him his how i if in inside into is it its "
    "itself just less like many may might more most much near next no nor not of off on one only onto or other our "
    "out outside over own part per same several she should side so some such than that the their them then there "
    "these they this those through to together too toward towards under until up upon very was we were what when "
    "where which while who whose why will with within without would you your".split()
)
"""Words that carry grammar or place rather than content."""

_PICTURE_WORDS = frozenset(
    "image picture photo photograph scene view shot close closeup caption seen shows showing visible thing "
    "things".split()
)


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def normal(text: str) -> str:
    """A text as it is compared: its words alone."""
    return " ".join(words(text))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A word without plural, possessive and common verb endings; crude, the same for both texts compared."""
    word = word.removesuffix("'s")
    for ending, short in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + short
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            word = word.removesuffix(ending)
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word
            break
    return word.removesuffix("e") if len(word) > 3 else word


def content_stems(text: str) -> list[str]:
    """The stems of the words that say what is seen, in order."""
    return [stem(word) for word in words(text) if word not in FUNCTION_WORDS and word not in _PICTURE_WORDS]


def shared_words(one: str, other: str) -> float:
    """How far two texts are made of the same words, articles aside: 0 (no word) to 1 (the same, in any order)."""
    left, right = (Counter(w for w in words(text) if w not in ("a", "an", "the")) for text in (one, other))
    longest = max(left.total(), right.total())
    return (left & right).total() / longest if longest else 1.0
