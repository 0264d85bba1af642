"""The words that the rules know: families of attributes, and words of place with what makes them wrong."""

from __future__ import annotations

FAMILIES = (
    "red orange yellow green blue purple pink brown black white grey gray beige gold silver teal turquoise tan "
    "maroon navy golden cream".split(),
    "wooden metal plastic glass stone brick concrete leather paper cloth marble steel wicker ceramic".split(),
    "large small big little tiny huge middle-sized".split(),
    "tall short long wide narrow thick thin".split(),
    "round square rectangular oval triangular circular".split(),
    "curved straight".split(),
    "old new modern ancient".split(),
    "open closed".split(),
    "empty full".split(),
    "dark light bright pale".split(),
    "wet dry".split(),
    "two three four five six seven eight nine ten".split(),
)
"""Attributes; a word of a family can take the place of any other of it."""

ATTRIBUTES = {word: tuple(family) for family in FAMILIES for word in family}

_BOTH_WAYS = (
    ("left", "right"),
    ("above", "below"),
    ("top", "bottom"),
    ("upper", "lower"),
    ("over", "under"),
    ("inside", "outside"),
    ("foreground", "background"),
    ("horizontal", "vertical"),
    ("horizontally", "vertically"),
    ("in front of", "behind"),
    ("leftmost", "rightmost"),
    ("topmost", "bottommost"),
    ("indoors", "outdoors"),
    ("on the front", "on the back"),
    ("in the middle", "at the edge"),
    ("in the center", "at the edge"),
)

PLACES = {
    **{second: first for first, second in reversed(_BOTH_WAYS)},
    **{first: second for first, second in _BOTH_WAYS},
    "in its middle": "beside it",
    "on top of": "underneath",
    "underneath": "above",
    "beneath": "above",
    "next to": "far from",
    "beside": "inside",
    "around": "inside",
    "in the centre": "at the edge",
}
"""Words of place -> what makes the sentence wrong."""
