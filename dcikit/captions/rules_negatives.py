"""Negatives without a model: words of a caption exchanged, traded with another region, or turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random

from dcikit.data.record import Record

from .rules_lexicon import ATTRIBUTES, PLACES
from .words import FUNCTION_WORDS, normal, stem, words

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PLACE = re.compile(r"\b(" + "|".join(sorted(PLACES, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_LISTED = re.compile(r"[\s,]*(?:(?:and|or|a|an|the)\b[\s,]*)*")
_ARTICLE = re.compile(r"\b(an?)(\s+)$", re.IGNORECASE)

Edit = tuple[int, int, str]
"""Start and end in the text, and the new words."""


@dataclass(frozen=True)
class Mention:
    """A word of a caption, everywhere it is said of the same thing.

    Attributes:
        spans: start and end of each place.
        word: in lower case.
        owner: the word that an attribute belongs to; empty: the word is the name of something labelled.
    """

    spans: tuple[tuple[int, int], ...]
    word: str
    owner: str

    @property
    def is_attribute(self) -> bool:
        return bool(self.owner)

    def becomes(self, new: str) -> list[Edit]:
        return [(start, end, new) for start, end in self.spans]


@dataclass(frozen=True)
class Labels:
    """What the labels of an image teach: the names of its things, and the words that describe them."""

    heads: tuple[str, ...]
    attributes: frozenset[str]
    seen: frozenset[str]

    @classmethod
    def of(cls, record: Record) -> Labels:
        told = [words(mask.label) for mask in record.masks if mask.quality != "bad"]
        short = [label for label in told if 0 < len(label) <= 4 and not FUNCTION_WORDS & set(label)]
        texts = [record.short_caption, record.extra_caption, *(f"{m.label} {m.caption}" for m in record.masks)]
        heads = {label[-1] for label in short}
        modifiers = {word for label in short for word in label[:-1]} - heads
        return cls(tuple(sorted(heads)), frozenset(modifiers), frozenset(w for text in texts for w in words(text)))


def candidates(caption: str, labels: Labels, kind: str, rng: Random) -> Iterator[str]:
    """Wrong captions of a kind, the best first, each a change of `caption`; some may be equal or unfit."""
    mentions = _mentions(caption, labels)
    yield from {"basic": _basic, "layout": _layout, "swaps": _swaps}[kind](caption, mentions, labels, rng)


def _mentions(caption: str, labels: Labels) -> list[Mention]:
    found = [(match.start(), match.end(), match[0].casefold()) for match in _TOKEN.finditer(caption)]
    heads = {stem(head) for head in labels.heads}
    described = [word in ATTRIBUTES or word in labels.attributes for _, _, word in found]
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for index, (start, end, word) in enumerate(found):
        if described[index]:
            owner = next((found[i][2] for i in range(index + 1, len(found)) if not described[i]), "")
            if owner and owner not in FUNCTION_WORDS:
                spans.setdefault((word, owner), []).append((start, end))
        elif stem(word) in heads and word not in FUNCTION_WORDS:
            spans.setdefault((word, ""), []).append((start, end))
    return [Mention(tuple(places), word, owner) for (word, owner), places in spans.items()]


def _swaps(caption: str, mentions: list[Mention], labels: Labels, rng: Random) -> Iterator[str]:
    """Attributes change owners; then things change places."""
    pairs = [pair for pair in combinations(mentions, 2) if stem(pair[0].word) != stem(pair[1].word)]
    attributes = [
        (one, other) for one, other in pairs if one.is_attribute and other.is_attribute and one.owner != other.owner
    ]
    alike = [pair for pair in attributes if ATTRIBUTES.get(pair[0].word) == ATTRIBUTES.get(pair[1].word) is not None]
    unlike = [pair for pair in attributes if pair not in alike]
    owned = {mention.owner for mention in mentions}
    things = [
        (one, other)
        for one, other in pairs
        if not one.is_attribute
        and not other.is_attribute
        # "a dog and a cat" says the same as "a cat and a dog"
        and ({one.word, other.word} & owned or not _LISTED.fullmatch(caption[one.spans[0][1] : other.spans[0][0]]))
    ]
    for group in (alike, things, unlike):
        rng.shuffle(group)
        for one, other in group:
            yield _edited(caption, one.becomes(other.word) + other.becomes(one.word))


def _basic(caption: str, mentions: list[Mention], labels: Labels, rng: Random) -> Iterator[str]:
    """Two words become others: those of another region of the image, or ones that nobody wrote of it."""
    groups = [list(combinations(mentions, size)) for size in (2, 1)]
    for group in groups:
        rng.shuffle(group)
        for chosen in group[:20]:
            new = [_other_word(mention, caption, labels, rng) for mention in chosen]
            if all(new):
                edits = [mention.becomes(word) for mention, word in zip(chosen, new, strict=True)]
                yield _edited(caption, [edit for group in edits for edit in group])


def _other_word(mention: Mention, caption: str, labels: Labels, rng: Random) -> str:
    said = {stem(word) for word in words(caption)}
    if not mention.is_attribute:
        heads = [head for head in labels.heads if stem(head) not in said]
        return _number(mention.word, rng.choice(heads)) if heads else ""
    family = ATTRIBUTES.get(mention.word, ())
    traded = [word for word in family if word in labels.seen and stem(word) not in said]
    absent = [word for word in family if word not in labels.seen]
    return rng.choice(traded or absent or [""])


def _layout(caption: str, mentions: list[Mention], labels: Labels, rng: Random) -> Iterator[str]:
    """One word of place turned round; a caption without any is hung upside down."""
    places = list(_PLACE.finditer(caption))
    rng.shuffle(places)
    for place in places:
        yield _edited(caption, [(place.start(), place.end(), PLACES[place[0].casefold()])])
    if not places:
        end = len(caption.rstrip(" .!"))
        yield f"{caption[:end]}, upside down{caption[end:]}"


def _number(old: str, new: str) -> str:
    """`new` in the number of `old`, as far as an s shows it."""
    plural = old.endswith("s") and not old.endswith("ss")
    if plural and not new.endswith("s"):
        return f"{new}es" if new.endswith(("x", "ch", "sh")) else f"{new}s"
    return stem(new) if not plural and new.endswith("s") and normal(stem(new) + "s") == normal(new) else new


def _edited(text: str, edits: list[Edit]) -> str:
    """The text with its edits, capitals kept and a/an before a new word set right."""
    for start, end, new in sorted(edits, reverse=True):
        new = new[:1].upper() + new[1:] if text[start].isupper() else new
        before = text[:start]
        if article := _ARTICLE.search(before):
            before = before[: article.start()] + _article(article[1], new) + article[2]
        text = before + new + text[end:]
    return text


def _article(old: str, following: str) -> str:
    vowel = following[:1].casefold() in "aeiou" and not following.casefold().startswith(("one", "uni", "use", "eu"))
    return old[0] + ("n" if vowel else "")
