"""Noun phrases: a thing with the words that describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from . import tables
from .lexicon import ATTRIBUTES, SHADES, VAGUE
from .meaning import family_of
from .tagging import Word

_INSIDE = {"ADJ", "NOUN", "NUM"}
_MASS = frozenset(
    "asphalt cellophane clothing concrete crowd dirt fabric fog foliage furniture glass grass gravel greenery ground "
    "hair ice ivy lettering lawn leather material metal mist moss mud paint paper pavement plastic pottery sand "
    "shrubbery sky smoke snow soil steam stone straw sun traffic trim vegetation water wood".split()
)


@dataclass(frozen=True)
class Attribute:
    """A word, or a shade and its colour, that describes a thing."""

    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """What the lexicon knows it by."""
        return self.text.casefold().split()[-1]


@dataclass(frozen=True)
class Phrase:
    """A noun phrase.

    Attributes:
        words: all of it, determiner first.
        at: place of its first word among the words of the text.
        sentence: which one it is in.
        attributes: the describing words that the lexicon knows, those said of it by `is` or `are` included.
    """

    words: tuple[Word, ...]
    at: int
    sentence: int
    attributes: tuple[Attribute, ...] = field(compare=False)

    @property
    def head(self) -> Word:
        return self.words[-1]

    @property
    def noun(self) -> str:
        """The head's base form."""
        return tables.base(self.head.lower, "NOUN")

    @property
    def is_plural(self) -> bool:
        return tables.is_plural(self.head.lower)

    @property
    def after(self) -> int:
        """Place of the word that follows."""
        return self.at + len(self.words)

    @property
    def is_thing(self) -> bool:
        return self.noun not in VAGUE

    @property
    def is_mass(self) -> bool:
        return self.noun in _MASS

    @cached_property
    def core(self) -> tuple[Word, ...]:
        """The head with the nouns before it that are no material: "tree branches"."""
        start = len(self.words) - 1
        while start > 0 and self.words[start - 1].part == "NOUN" and not _is_attribute(self.words[start - 1]):
            start -= 1
        return self.words[start:]


def noun_phrases(words: list[Word], spans: list[tuple[int, int]]) -> list[Phrase]:
    """The noun phrases of a text whose ends are certain, in order."""
    found = []
    for sentence, (start, end) in enumerate(spans):
        number = start
        while number < end:
            stop = _end(words, number, end)
            if stop is None:
                number += 1
                continue
            inside = tuple(words[number:stop])
            if _is_certain(words, number, stop, end):
                attributes = (*_attributes(inside[:-1]), *_said_of(words, number, stop, end))
                found.append(Phrase(inside, number, sentence, attributes))
            number = stop
    return found


def _is_certain(words: list[Word], start: int, stop: int, limit: int) -> bool:
    """Whether nothing that the phrase lacks stands before or behind it."""
    before = words[start - 1].part if start else "MARK"
    behind = words[stop].part if stop < limit else "MARK"
    inside = {"NAME", "OTHER", "ADJ", "NOUN", "PLACE", "NUM"}
    return words[stop - 1].part == "NOUN" and before not in inside and behind not in inside - {"ADJ", "PLACE"}


def _end(words: list[Word], start: int, limit: int) -> int | None:
    """Where the phrase that begins at `start` ends; None if none begins there."""
    number = start + (words[start].part == "DET")
    number += number < limit and words[number].part == "DET"  # "all the", "each of" is no such
    first = number
    while number < limit:
        word = words[number]
        following = words[number + 1].part if number + 1 < limit else "MARK"
        joined = word.text == "," or word.lower == "and"
        if (
            word.part in _INSIDE
            or (word.part == "ADV" and following == "ADJ" and number >= first)
            or (joined and number > first and words[number - 1].part == "ADJ" and _goes_on(words, number + 1, limit))
        ):
            number += 1
        else:
            break
    while number > first and words[number - 1].part != "NOUN":
        number -= 1
    return number if number > first else None


def _goes_on(words: list[Word], number: int, limit: int) -> bool:
    """Whether adjectives and then a noun follow: "white and (red striped fabric)"."""
    if number < limit and words[number].lower == "and":
        number += 1
    if number >= limit or words[number].part not in ("ADJ", "ADV"):
        return False
    while number < limit and (words[number].part in ("ADJ", "ADV") or words[number].text == ","):
        number += 1
    return number < limit and words[number].part in ("NOUN", "CONJ")


def _is_attribute(word: Word) -> bool:
    return family_of(word.lower, ATTRIBUTES) is not None


def _attributes(words: tuple[Word, ...]) -> list[Attribute]:
    found: list[Attribute] = []
    for number, word in enumerate(words):
        if not _is_attribute(word):
            continue
        is_shade = word.lower in SHADES and number + 1 < len(words) and _is_colour(words[number + 1])
        if is_shade:
            continue
        start = number
        while start and _is_colour(word) and words[start - 1].lower in SHADES:
            start -= 1
        text = " ".join(part.text for part in words[start : number + 1])
        found.append(Attribute(text, words[start].start, word.end))
    return found


def _is_colour(word: Word) -> bool:
    return word.lower in ATTRIBUTES[0].groups


def _said_of(words: list[Word], start: int, at: int, limit: int) -> list[Attribute]:
    """The adjectives of "is white", "are black and white" right behind a subject."""
    if at >= limit or words[at].lower not in ("is", "are", "was", "were"):
        return []
    if start and words[start - 1].part not in ("MARK", "CONJ"):
        return []
    stop = at + 1
    while stop < limit and (
        words[stop].part in ("ADJ", "ADV", "NUM") or words[stop].text == "," or words[stop].lower == "and"
    ):
        stop += 1
    if stop < limit and (words[stop].part in ("NOUN", "VERB") or words[stop].lower in ("of", "to")):
        return []
    return _attributes(tuple(words[at + 1 : stop]))
