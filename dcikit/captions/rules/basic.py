"""Captions wrong in one or two things: words become others of their category that nobody wrote of the region."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

from . import tables
from .edits import Change, Edit, are_apart
from .lexicon import ACTIONS, ATTRIBUTES, THINGS
from .meaning import partners
from .parsed import PEOPLE, Parsed

_CHECKED = frozenset("colour material stuff pattern shape number weather line direction age".split())
"""Families of attributes that the eye can check; a size depends on what it is compared with."""

_GENDERED = frozenset("he she his her him hers himself herself".split())


def basic(parsed: Parsed, rng: Random) -> Iterator[Change]:
    """Two things changed; where there is only one, that one."""
    single = [*_attributes(parsed, rng), *_things(parsed, rng), *_actions(parsed, rng)]
    rng.shuffle(single)
    pairs = [pair for pair in combinations(single, 2) if are_apart(*pair)]
    rng.shuffle(pairs)
    for one, other in pairs[:40]:
        if not {edit.new for edit in one} & {edit.new for edit in other}:
            yield (*one, *other)
    yield from single


def _attributes(parsed: Parsed, rng: Random) -> Iterator[Change]:
    for thing, attribute in parsed.described():
        family = next(family for family in ATTRIBUTES if attribute.word in family.groups)
        if family.name in _CHECKED and (thing.is_thing or family.name == "colour"):
            new = _new(parsed, partners(attribute.word, (family,)), rng)
            if new:
                yield tuple(Edit(place.start, place.end, new) for place in parsed.same(thing, attribute))


def _things(parsed: Parsed, rng: Random) -> Iterator[Change]:
    is_gendered = bool(_GENDERED & parsed.said)
    for phrase in parsed.phrases:
        places = parsed.cores(phrase)
        is_new = places is not None and places[0] == phrase.core and len(phrase.core) == 1
        if (
            places is None
            or not is_new
            or not parsed.is_plain(phrase)
            or (is_gendered and parsed.family(phrase) == "man")
        ):
            continue
        new = _new(parsed, partners(phrase.noun, THINGS), rng)
        if new:
            yield tuple(
                Edit(core[-1].start, core[-1].end, tables.in_number(new, tables.is_plural(core[-1].lower)))
                for core in places
            )


def _actions(parsed: Parsed, rng: Random) -> Iterator[Change]:
    if not (PEOPLE | _GENDERED | {"they", "crowd"}) & parsed.said:
        return
    for word in parsed.words:
        tag = tables.verb_tag(word.lower) if word.part == "VERB" else ""
        new = _new(parsed, partners(tables.base(word.lower, "VERB"), ACTIONS), rng)
        if tag in ("VB", "VBZ", "VBG") and new:
            yield (Edit(word.start, word.end, tables.in_form(new, tag)),)


def _new(parsed: Parsed, words: list[str], rng: Random) -> str:
    """One of the words that the caption does not have; empty if there is none."""
    return rng.choice([word for word in words if not parsed.says(word)] or [""])
