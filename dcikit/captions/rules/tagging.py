"""Words of a text with their part of speech."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import tables
from .lexicon import ACTIONS, ATTRIBUTES, SHADES, THINGS
from .meaning import family_of

_TOKEN = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*|[^\w\s]|_")
_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]?")

_CLOSED = {
    "DET": "a an the this these those each every another some any no several many few both all half either neither "
    "his her its their our my your whose",
    "PREP": "about above across after against along alongside among amongst around at atop before behind below beneath "
    "beside between beyond by down during except for from in inside into like near of off on onto opposite out outside "
    "over past per through throughout to toward towards under underneath until up upon via with within without as "
    "since while if because although though where when adjacent than",
    "CONJ": "and or but nor yet plus",
    "PRON": "that he she it they we you i him them us me who which what one ones others other himself herself itself "
    "themselves there here hers theirs someone everyone something",
    "AUX": "is are was were be been being am has have had having do does did can could may might will would shall "
    "should must isn't aren't",
    "ADV": "not very also too just only even still almost quite rather so then now away apart together forward "
    "backward upward downward outward inward upwards downwards outwards overhead partially slightly nearby mostly more "
    "most less far how closer further",
    "NOUN": "lettering clothing awning awnings ceiling railing railings",
    "PLACE": "left right top bottom upper lower front rear back middle center centre foreground background "
    "side edge corner",
    "NUM": "one two three four five six seven eight nine ten eleven twelve dozen hundred",
}
CLOSED = {word: part for part, words in reversed(_CLOSED.items()) for word in words.split()}
_BEFORE_NOUN = {"DET", "ADJ", "NUM", "PREP", "PLACE"}
_AFTER_VERB = {"PREP", "DET", "ADV", "PLACE", "PRON", "OTHER"}
_ADJECTIVE = ("able", "ible", "ous", "ful", "less", "ish")
_LIKE = ("-like", "-style", "-sized", "-shaped", "-colored", "-coloured", "-tone", "-toned", "-made", "-sided")


@dataclass(frozen=True)
class Word:
    """A word or mark of a text.

    Attributes:
        text: as written.
        start, end: where in the text.
        part: DET, NUM, ADJ, NOUN, VERB, AUX, ADV, PREP, CONJ, PRON, PLACE (a word of place, whatever its part of
            speech), NAME (of somebody or something), MARK, or OTHER (what is quoted; what nobody knows).
    """

    text: str
    start: int
    end: int
    part: str

    @property
    def lower(self) -> str:
        return self.text.casefold()


def tagged(text: str) -> list[Word]:
    """The words of a text, their parts of speech looked up and then chosen by their neighbours."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found = [match for match in _TOKEN.finditer(text)]
    options = [
        {"OTHER"} if any(start <= match.start() < end for start, end in quoted) else _options(match, text)
        for match in found
    ]
    words: list[Word] = []
    for number, match in enumerate(found):
        before = words[-1] if words else None
        following = options[number + 1] if number + 1 < len(found) else {"MARK"}
        after = found[number + 1][0].casefold() if number + 1 < len(found) else ""
        part = _chosen(match[0].casefold(), options[number], before, after, following)
        words.append(Word(match[0], match.start(), match.end(), part))
    return words


def _options(match: re.Match[str], text: str) -> set[str]:
    word = match[0]
    lower = word.casefold()
    if not word[0].isalnum():
        return {"MARK"}
    if word.isdigit():
        return {"NUM"}
    begins = not (before := text[: match.start()].rstrip()) or before[-1] in ".!?:;\n"
    if (word[0].isupper() and not begins) or (len(word) > 1 and word.isupper()) or "'" in word or "’" in word:
        return {"NAME"}
    if lower in CLOSED:
        return {CLOSED[lower]}
    return known_parts(lower) or _guessed(lower)


def known_parts(lower: str) -> set[str]:
    """What the lexicon takes a word for, or else the tables."""
    is_thing = family_of(tables.base(lower, "NOUN"), THINGS) is not None
    if family := family_of(lower, ATTRIBUTES):
        is_stuff = family.name in ("material", "stuff") and "NOUN" in tables.parts_of_speech(lower)
        return {"ADJ", "NOUN"} if is_thing or is_stuff else {"ADJ"}
    if is_thing:
        return {"NOUN"}
    if "-" in lower:
        last = known_parts(lower.rpartition("-")[2])
        return {"ADJ"} if lower.endswith(_LIKE) or not last - {"ADJ", "VERB"} else {"ADJ", "NOUN"}
    if family_of(tables.base(lower, "VERB"), ACTIONS):
        return {"VERB"}
    if lower.endswith(_ADJECTIVE):
        return {"ADJ"}
    return set(tables.parts_of_speech(lower)) | ({"ADJ"} if lower in SHADES else set())


def _guessed(lower: str) -> set[str]:
    if lower.endswith("ly"):
        return {"ADV"}
    return {"VERB"} if lower.endswith(("ing", "ed")) else {"NOUN"}


def _chosen(lower: str, options: set[str], before: Word | None, after: str, following: set[str]) -> str:
    """The part of speech among the options: the neighbours `before` and `after` decide."""
    if len(options) == 1 and "VERB" not in options:
        return next(iter(options))
    if "ADV" in options and lower.endswith("ly"):
        return "ADV"
    previous = before.part if before else "MARK"
    nominal = bool(following & {"NOUN", "ADJ", "NUM"}) and not following <= {"VERB", "ADV"}
    tag = tables.verb_tag(lower) if "VERB" in options else ""
    participle = tag in ("VBG", "VBN", "VBD")
    if participle and nominal and previous in ("DET", "ADJ", "NUM", "ADV") and options <= {"VERB", "ADJ", "NOUN"}:
        return "ADJ"
    if tag in ("VBN", "VBD") and nominal and before is None:
        return "ADJ"
    if options == {"VERB"} or (participle and "NOUN" not in options and "ADJ" not in options):
        return "VERB"
    if "VERB" in options and "NOUN" in options and after != "of" and _is_verb(tag, before, following):
        return "VERB"
    if "ADJ" in options and (nominal or previous in ("AUX", "ADV")):
        return "ADJ"
    if "NOUN" in options:
        return "NOUN"
    if "ADJ" in options and (previous in _BEFORE_NOUN or "VERB" not in options):
        return "ADJ"
    return "VERB" if "VERB" in options else "ADV"


def _is_verb(tag: str, before: Word | None, following: set[str]) -> bool:
    """Whether a word that can be noun and verb is the verb of what stands before it, by agreement and what follows."""
    if before is None:
        return False
    if before.lower in ("have", "has", "had"):
        return tag in ("VBN", "VBD")
    if before.part in ("PRON", "AUX") or before.lower == "to":
        return True
    if tag == "VBG":
        return before.part in ("NOUN", "NAME", "ADV", "MARK", "CONJ")
    if before.part == "ADV" and tag in ("VBZ", "VB") and following & {"ADJ", "NUM"}:
        return True
    if before.part not in ("NOUN", "PLACE", "NAME", "ADV") or not following & _AFTER_VERB:
        return False
    plural = before.part == "NOUN" and tables.is_plural(before.lower)
    return (tag == "VBZ" and not plural) or (tag == "VB" and plural)


def sentence_spans(words: list[Word]) -> Iterator[tuple[int, int]]:
    """First and last+1 word of each sentence; `:` and `;` end one too."""
    start = 0
    for number, word in enumerate(words):
        if word.text in (".", "!", "?", ":", ";"):
            yield start, number
            start = number + 1
    if start < len(words):
        yield start, len(words)
