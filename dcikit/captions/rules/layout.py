"""Captions wrong in where something is: one word of place turned into another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from random import Random

from .edits import Change, Edit, are_apart
from .lexicon import THINGS
from .meaning import family_of
from .parsed import Parsed
from .places import before_sky, opposites, turned

_TURNED = {
    "in front of": ("behind", "on top of"),
    "on top of": ("in front of", "underneath"),
    "behind": ("in front of", "below", "above"),
    "beneath": ("above",),
    "underneath": ("above",),
    "under": ("above",),
    "in the distance": ("in the foreground",),
    "in the middle": ("at the edge",),
    "in the center": ("at the edge",),
    "in the centre": ("at the edge",),
    "in the front": ("in the back",),
    "in the back": ("in the front",),
    "at the back": ("at the front",),
    "at the front": ("at the back",),
    "on both sides": ("on one side",),
    "along both sides": ("along one side",),
    "on either side": ("on one side",),
    "next to": ("far from", "on top of"),
    "beside": ("behind", "above"),
    "near": ("behind", "above"),
    "around": ("behind", "inside"),
    "between": ("behind", "above"),
    "toward the viewer": ("away from the viewer",),
    "facing away": ("facing forward",),
    "facing forward": ("facing away",),
    "from left to right": ("from right to left",),
    "from right to left": ("from left to right",),
    "a row of": ("a pile of", "a circle of"),
    "a line of": ("a pile of", "a circle of"),
    "rows of": ("piles of",),
    "a stack of": ("a row of",),
    "stacks of": ("rows of",),
    "a pile of": ("a row of",),
    "piles of": ("rows of",),
}
"""Words of place -> what makes the sentence wrong."""

_TURN = re.compile(r"\b(" + "|".join(sorted(_TURNED, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_HOLDING = frozenset("furniture part way land vehicle rail building rod barrier monument".split())


def layout(parsed: Parsed, rng: Random) -> Iterator[Change]:
    """One change of place; two where that is not enough."""
    found = [*(turned(parsed, place) for place in opposites(parsed)), *_turned(parsed, rng)]
    rng.shuffle(found)
    yield from found
    on = list(_on(parsed, rng))
    rng.shuffle(on)
    yield from on
    yield from ((*one, *other) for one, other in combinations(found, 2) if are_apart(one, other))


def _turned(parsed: Parsed, rng: Random) -> Iterator[Change]:
    hidden = [(word.start, word.end) for word in parsed.words if word.part in ("OTHER", "NAME")]
    for match in _TURN.finditer(parsed.text):
        number = next((place for place, word in enumerate(parsed.words) if word.start == match.start()), -1)
        is_graded = number > 0 and parsed.words[number - 1].part == "ADV"  # "very near"
        if is_graded or before_sky(parsed, number):
            continue
        if not any(match.start() < end and start < match.end() for start, end in hidden):
            yield (Edit(match.start(), match.end(), rng.choice(_TURNED[match[0].casefold()])),)


def _on(parsed: Parsed, rng: Random) -> Iterator[Change]:
    """What is on a thing is under it, or behind it."""
    for phrase in parsed.phrases:
        before = parsed.words[phrase.at - 1] if phrase.at else None
        family = family_of(phrase.noun, THINGS)
        if before is not None and before.lower == "on" and family is not None and family.name in _HOLDING:
            yield (Edit(before.start, before.end, rng.choice(("under", "behind"))),)
