"""Words of place: where they say where something is, and what the opposite is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .edits import Change, Edit
from .parsed import Parsed

_OPPOSITES = (
    ("left", "right"),
    ("above", "below"),
    ("top", "bottom"),
    ("upper", "lower"),
    ("foreground", "background"),
    ("horizontal", "vertical"),
    ("horizontally", "vertically"),
    ("leftmost", "rightmost"),
    ("indoors", "outdoors"),
    ("upward", "downward"),
    ("upwards", "downwards"),
    ("inward", "outward"),
    ("forward", "backward"),
    ("inside", "outside"),
    ("leftward", "rightward"),
)
OPPOSITE = {**{one: other for one, other in _OPPOSITES}, **{other: one for one, other in _OPPOSITES}}

_SIDES = frozenset(
    "side corner edge half hand third portion part end foreground background top bottom front back".split()
)
_BODY = frozenset("arm leg hand foot shoulder sleeve ear eye wing paw knee cheek wrist elbow".split())
_MEASURES = frozenset("width height orientation line photo image".split())
_BEFORE = frozenset(
    "the to far lower upper bottom top facing faces face pointing points his her its their from".split()
)


@dataclass(frozen=True)
class Place:
    """A word of place: which word of the text it is, and the word that means the opposite."""

    number: int
    word: str
    opposite: str


def opposites(parsed: Parsed) -> list[Place]:
    """The words of place that have an opposite and no neighbour with "and" or "both", in order."""
    found = []
    for number, word in enumerate(parsed.words):
        opposite = OPPOSITE.get(word.lower)
        if (
            opposite
            and word.part not in ("OTHER", "NAME")
            and _says_where(parsed, number)
            and not _is_joined(parsed, number)
        ):
            found.append(Place(number, word.lower, opposite))
    return found


def _says_where(parsed: Parsed, number: int) -> bool:
    word, before, after = (parsed.lower(number + step) for step in (0, -1, 1))
    if word in ("left", "right"):
        return after in _SIDES | _BODY or (before in _BEFORE and _ends(parsed, number))
    if word in ("top", "bottom", "upper", "lower"):
        if after == "floor" or after in _SIDES | {"left", "right"}:
            return True
        return before in ("the", "its") and _ends(parsed, number)
    if word in ("above", "below"):
        return after not in ("and", "or") and not before_sky(parsed, number)
    if word in ("foreground", "background"):
        return before not in ("a", "an")
    if word in ("horizontal", "vertical"):
        return after not in _MEASURES
    if word in ("inside", "outside"):
        return parsed.words[number].part == "PREP" and after != "of"
    return True


def _ends(parsed: Parsed, number: int) -> bool:
    """Whether a phrase ends with a word of place, as "on the left of", but not "the left van"."""
    after = parsed.words[number + 1] if number + 1 < len(parsed.words) else None
    return after is None or after.part in ("MARK", "AUX", "PREP", "CONJ", "VERB", "ADV")


def before_sky(parsed: Parsed, number: int) -> bool:
    """Whether the sky follows soon, which nothing is above."""
    return bool({"sky", "skies"} & {parsed.lower(other) for other in range(number, number + 6)})


def _is_joined(parsed: Parsed, number: int) -> bool:
    """Whether the same clause has the opposite, as in "the left and right sides", "from left to right"."""
    clause = parsed.clause_of(number)
    for other, word in enumerate(parsed.words):
        if word.lower == OPPOSITE[parsed.lower(number)] and parsed.clause_of(other) == clause:
            return True
    near = [parsed.lower(other) for other in range(number - 5, number)]
    return "both" in near or "either" in near


def turned(parsed: Parsed, place: Place) -> Change:
    """One word of place turned into its opposite."""
    word = parsed.words[place.number]
    return (Edit(word.start, word.end, place.opposite),)


def exchanged_places(parsed: Parsed) -> Iterator[Change]:
    """Where one clause says left and another one right, each says the other."""
    found = opposites(parsed)
    for one in found:
        same = [other for other in found if other.word in (one.word, one.opposite)]
        if one.number != same[0].number or len(same) != 2 or same[1].word != one.opposite:
            continue
        if parsed.clause_of(same[0].number) != parsed.clause_of(same[1].number):
            yield (*turned(parsed, same[0]), *turned(parsed, same[1]))
