"""A caption as the rules see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from . import tables
from .lexicon import ACTIONS, ATTRIBUTES, PICTURE, THINGS
from .meaning import alike, family_of
from .phrases import Attribute, Phrase, noun_phrases
from .spacy_tags import retagged
from .tagging import Word, sentence_spans, tagged

_WEATHERED = frozenset("sky day weather morning afternoon evening".split())
PEOPLE = frozenset("man woman boy girl person people child kid baby guy lady adult gentleman pedestrian worker".split())
_EVERYTHING = (*ATTRIBUTES, *THINGS, *ACTIONS)


@dataclass(frozen=True)
class Parsed:
    """A text with its words, sentences (first and last+1 word) and noun phrases."""

    text: str
    words: Sequence[Word]
    sentences: Sequence[tuple[int, int]]
    phrases: Sequence[Phrase]

    @classmethod
    def of(cls, text: str) -> Parsed:
        words = retagged(text, tagged(text))
        spans = list(sentence_spans(words))
        return cls(text, words, spans, noun_phrases(words, spans))

    @cached_property
    def said(self) -> frozenset[str]:
        """All words, in base form where they are nouns."""
        return frozenset(form for word in self.words for form in (word.lower, tables.base(word.lower, "NOUN")))

    def says(self, word: str) -> bool:
        """Whether the text has a word, or one that means about the same."""
        return any(alike(word, other, _EVERYTHING) for other in self.said if other == word or len(other) > 2)

    def clause_of(self, number: int) -> int:
        """Which clause a word is in; besides the end of a sentence, ", and the ..." and ", while" begin one."""
        begins = {start for start, _ in self.sentences}
        for place in range(1, len(self.words) - 1):
            joined = self.lower(place) in ("and", "but", "while") and self.lower(place - 1) == ","
            if joined and self.words[place + 1].part in ("DET", "PRON"):
                begins.add(place)
        return sum(begin <= number for begin in begins)

    def lower(self, number: int) -> str:
        """A word in lower case; empty beyond the text."""
        return self.words[number].lower if 0 <= number < len(self.words) else ""

    def described(self) -> list[tuple[Phrase, Attribute]]:
        """Each attribute with what it describes, the picture itself apart; people are not described by colours."""
        return [
            (phrase, attribute)
            for phrase in self.phrases
            for attribute in phrase.attributes
            if phrase.noun not in PICTURE and _fits(phrase.noun, attribute.word)
        ]

    def same(self, phrase: Phrase, attribute: Attribute) -> list[Attribute]:
        """Everywhere that an attribute is said of a thing, by any word for the thing."""
        return [
            other
            for found, other in self.described()
            if other.word == attribute.word and alike(found.noun, phrase.noun, THINGS)
        ]

    def has(self, phrase: Phrase, attribute: Attribute) -> bool:
        """Whether a thing like that of `phrase` is said to have an attribute like this one anywhere."""
        return any(
            alike(found.noun, phrase.noun, THINGS) and alike(other.word, attribute.word, ATTRIBUTES)
            for found, other in self.described()
        )

    def cores(self, phrase: Phrase) -> list[tuple[Word, ...]] | None:
        """All places of the thing of `phrase`; None where its word is said in another way too."""
        same = [other.core for other in self.phrases if other.noun == phrase.noun]
        said = sum(tables.base(word.lower, "NOUN") == phrase.noun for word in self.words)
        modified = " ".join(word.lower for word in phrase.core[:-1])
        alike_core = all(" ".join(word.lower for word in core[:-1]) == modified for core in same)
        return same if said == len(same) and alike_core else None

    def is_plain(self, phrase: Phrase) -> bool:
        """Whether a thing can be another one: nothing that describes it is peculiar to it, as "leafy" is to a tree."""
        before = phrase.words[: len(phrase.words) - len(phrase.core)]
        described = [word.lower for word in before if word.part in ("ADJ", "ADV", "NOUN")]
        families = [family_of(word, ATTRIBUTES) for word in described]
        is_uncounted = not phrase.is_plural and phrase.words[0].part != "DET"
        known = all(family is not None and family.name != "leaves" for family in families)
        return known and bool(self.family(phrase)) and not phrase.is_mass and not is_uncounted

    def family(self, phrase: Phrase) -> str:
        """The category of a thing; empty if the lexicon does not know it."""
        family = family_of(phrase.noun, THINGS) if phrase.is_thing else None
        return family.name if family else ""


def _fits(noun: str, word: str) -> bool:
    """Whether an attribute means what the lexicon takes it for: colours not of people, weather of the sky alone."""
    family = family_of(word, ATTRIBUTES)
    if family is None or (family.name == "colour" and noun in PEOPLE):
        return False
    return family.name != "weather" or noun in _WEATHERED
