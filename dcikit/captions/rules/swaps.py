"""Wrong captions out of the same words: attributes, things, places and actions exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from random import Random

from . import tables
from .edits import Change, Edit, are_apart
from .lexicon import ACTIONS, ATTRIBUTES, THINGS
from .meaning import alike, family_of
from .parsed import Parsed
from .phrases import Attribute, Phrase
from .places import exchanged_places
from .relations import exchanged_phrases

_LOOKS = ("colour", "material", "pattern")
_SIZES = ("size", "height", "width", "shape")
_RELATIVE = ("size", "height", "width", "light")
_BUILT = frozenset("furniture building part barrier rod monument container dish way".split())
"""Families of things that are made of one material or another."""
_LISTED = frozenset(", ( ) and or with by near beside next to between alongside along followed mostly the a an".split())
_KINDS = (
    "vehicle rail",
    "man animal",
    "furniture container dish carried",
    "rod barrier monument mark hung",
    "part barrier",
    "way land",
    "clothing legwear footwear",
    "fruit food",
)
"""Families whose things can trade places and still make sense."""


def swaps(parsed: Parsed, rng: Random) -> Iterator[Change]:
    """One pair exchanged, what is surely wrong first; then two pairs."""
    sure = [
        *_attributes(parsed, _are_of_one_family),
        *exchanged_phrases(parsed),
        *exchanged_places(parsed),
        *_things(parsed, same_family=True),
        *_actions(parsed),
    ]
    less_sure = [*_things(parsed, same_family=False), *_attributes(parsed, _are_looks)]
    relative = list(_attributes(parsed, _are_relative))
    for group in (sure, less_sure, relative):
        rng.shuffle(group)
        yield from group
    for one, other in combinations(sure, 2):
        if are_apart(one, other):
            yield (*one, *other)


def _are_of_one_family(one: str, other: str) -> bool:
    return one == other and one not in _RELATIVE


def _are_looks(one: str, other: str) -> bool:
    """Whether a colour changes places with something else that the eye sees."""
    return one != other and "colour" in (one, other) and {one, other} <= {*_LOOKS, *_SIZES}


def _are_relative(one: str, other: str) -> bool:
    return one == other and one in _RELATIVE


def _attributes(parsed: Parsed, fit: Callable[[str, str], bool]) -> Iterator[Change]:
    """Attributes change owners, where neither owner has the other one's already."""
    for (thing, one), (other_thing, other) in combinations(parsed.described(), 2):
        if not fit(_family(one), _family(other)) or alike(one.word, other.word, ATTRIBUTES):
            continue
        if alike(thing.noun, other_thing.noun, THINGS) or parsed.has(thing, other) or parsed.has(other_thing, one):
            continue
        if _family(one) != _family(other) and not (
            _takes(parsed, thing, one, other) and _takes(parsed, other_thing, other, one)
        ):
            continue
        yield (*_becomes(parsed, thing, one, other), *_becomes(parsed, other_thing, other, one))


def _takes(parsed: Parsed, thing: Phrase, old: Attribute, new: Attribute) -> bool:
    """Whether a thing that gives `old` away can take `new`, of another family: it has none such, and no "and"."""
    joined = any(word.lower == "and" for word in thing.words)
    families = [_family(attribute) for attribute in thing.attributes]
    can_be = parsed.family(thing) in _BUILT or _family(new) != "material"
    return can_be and thing.is_thing and not thing.is_mass and not joined and _family(new) not in families


def _family(attribute: Attribute) -> str:
    family = family_of(attribute.word, ATTRIBUTES)
    return family.name if family else ""


def _becomes(parsed: Parsed, thing: Phrase, old: Attribute, new: Attribute) -> list[Edit]:
    return [Edit(place.start, place.end, new.text.casefold()) for place in parsed.same(thing, old)]


def _things(parsed: Parsed, *, same_family: bool) -> Iterator[Change]:
    """Things of a kind change places, everywhere; each takes the number of the other's place."""
    known = [phrase for phrase in parsed.phrases if parsed.is_plain(phrase)]
    seen = set()
    for one, other in combinations(known, 2):
        pair = frozenset((one.noun, other.noun))
        families = (parsed.family(one), parsed.family(other))
        if pair in seen or alike(one.noun, other.noun, THINGS) or (families[0] == families[1]) != same_family:
            continue
        if not any(set(families) <= set(kind.split()) for kind in _KINDS) and not same_family:
            continue
        seen.add(pair)
        places, other_places = parsed.cores(one), parsed.cores(other)
        if places is None or other_places is None or _is_listed(parsed, one, other):
            continue
        edits = [
            Edit(core[0].start, core[-1].end, _named(new, tables.is_plural(core[-1].lower)))
            for cores, new in ((places, other), (other_places, one))
            for core in cores
        ]
        yield tuple(edits)


def _named(phrase: Phrase, plural: bool) -> str:
    return " ".join([*(word.lower for word in phrase.core[:-1]), tables.in_number(phrase.noun, plural)])


def _is_listed(parsed: Parsed, one: Phrase, other: Phrase) -> bool:
    """Whether "a dog and a cat" says the same as "a cat and a dog", or one is "of" the other."""
    members = {place for phrase in parsed.phrases for place in range(phrase.at, phrase.after)}
    between = [parsed.lower(place) for place in range(one.after, other.at)]
    joining = {parsed.lower(place) for place in range(one.after, other.at) if place not in members}
    if "of" in between[:1] or between[-1:] == ["of"]:
        return True
    described = len(joining) == len(between) and any(phrase.attributes for phrase in (one, other))
    return not described and joining <= _LISTED


def _actions(parsed: Parsed) -> Iterator[Change]:
    """What is done changes who does it, in the form that each place has."""
    found = [word for word in parsed.words if word.part == "VERB" and tables.base(word.lower, "VERB") in _ACTIONS]
    for one, other in combinations(found, 2):
        verbs = tables.base(one.lower, "VERB"), tables.base(other.lower, "VERB")
        new = (
            tables.in_form(verbs[1], tables.verb_tag(one.lower)),
            tables.in_form(verbs[0], tables.verb_tag(other.lower)),
        )
        if not alike(*verbs, ACTIONS) and all(new):
            yield Edit(one.start, one.end, new[0]), Edit(other.start, other.end, new[1])


_ACTIONS = frozenset(ACTIONS[0].groups)
