"""Who is on, behind or above whom: two noun phrases that a one-way relation joins change places."""

from __future__ import annotations

from collections.abc import Iterator

from . import tables
from .edits import Change, Edit
from .lexicon import PICTURE, THINGS
from .meaning import alike
from .parsed import PEOPLE, Parsed
from .phrases import Phrase

_ONE_WAY = frozenset("on onto atop above below beneath under underneath over behind against across inside".split())
"""Prepositions of which "A is ... B" and "B is ... A" cannot both be true."""

_PHRASES = ("on top of", "in front of")
_SIDES = ("to the left of", "to the right of")
_DONE_BY = frozenset("blocked concealed covered crossed hidden obscured overlooked shaded supported topped".split())
_DOES = frozenset(
    "block carry conceal cover cross decorate flank frame hide hold line obscure overlook shade support surround "
    "top wrap".split()
)
"""Of these, too, "A covers B" and "B covers A" cannot both be true."""

_HANGS = frozenset("hang hangs hanging suspended".split())
_BETWEEN = {"VERB", "AUX", "ADV", "ADJ", "PREP", "PLACE"}
_BOUND = frozenset("his her its their our my your whose each every another no any both all either neither".split())
_IS = {"is": "are", "was": "were", "are": "is", "were": "was"}
_AGREEING = _IS | {"has": "have", "have": "has", "does": "do", "do": "does"}


def exchanged_phrases(parsed: Parsed) -> Iterator[Change]:
    """Such as "The lamp is behind the chairs" -> "The chairs are behind the lamp"."""
    starts = {phrase.at: phrase for phrase in parsed.phrases}
    for phrase in parsed.phrases:
        yield from _with_what_follows(parsed, starts, phrase)
        yield from _with_what_it_is_put_before(parsed, starts, phrase)


def _with_what_follows(parsed: Parsed, starts: dict[int, Phrase], one: Phrase) -> Iterator[Change]:
    """A sentence ("The lamp is behind the chairs"), or a phrase inside one ("cups sitting on a table")."""
    end = number = _end(parsed, starts, one)
    while number < len(parsed.words) and parsed.words[number].part in _BETWEEN and number not in starts:
        number += 1
    if number not in starts or not _is_one_way(parsed, end, number):
        return
    other = starts[number]
    if _is_subject(parsed, one) and _ends_clause(parsed, _end(parsed, starts, other)):
        yield from _exchanged(parsed, starts, one, other, one)
    elif _is_inside(parsed, one, other, end, number):
        yield from _exchanged(parsed, starts, one, other, None)


def _with_what_it_is_put_before(parsed: Parsed, starts: dict[int, Phrase], one: Phrase) -> Iterator[Change]:
    """The relation comes first: "Behind the chairs, a lamp is ...", "To the left of the chairs is a lamp"."""
    start, end = parsed.sentences[one.sentence][0], _end(parsed, starts, one)
    if one.at == start or end + 1 not in starts:
        return
    subject = starts[end + 1]
    if parsed.lower(end) == "," and _is_one_way(parsed, start, one.at):
        yield from _exchanged(parsed, starts, one, subject, subject)
        return
    is_inverted = parsed.lower(end) in _IS and one.is_plural == subject.is_plural
    if is_inverted and (_is_one_way(parsed, start, one.at) or _joined(parsed, start, one.at) in _SIDES):
        yield from _exchanged(parsed, starts, one, subject, None)


def _exchanged(
    parsed: Parsed, starts: dict[int, Phrase], one: Phrase, other: Phrase, subject: Phrase | None
) -> Iterator[Change]:
    """Two phrases, each with what it is of, in each other's place; the verb of `subject` agrees with the new one."""
    if not _can_trade(one, other):
        return
    ends = {phrase.at: _end(parsed, starts, phrase) for phrase in (one, other)}
    agreement: list[Edit] | None = []
    if subject is not None:
        agreement = _agreement(parsed, subject, other if subject is one else one, ends[subject.at])
    if agreement is not None:
        first, second = (_span(parsed, phrase.at, ends[phrase.at]) for phrase in (one, other))
        texts = [text[0].lower() + text[1:] for text in (parsed.text[slice(*first)], parsed.text[slice(*second)])]
        yield (Edit(*first, texts[1]), Edit(*second, texts[0]), *agreement)


def _is_subject(parsed: Parsed, phrase: Phrase) -> bool:
    """Whether a phrase begins a sentence, after an opening such as "In the foreground," perhaps."""
    start = parsed.sentences[phrase.sentence][0]
    opening = parsed.words[start : phrase.at]
    marks = [word.text for word in opening if word.part == "MARK"]
    return not opening or (opening[0].part in ("PREP", "ADV") and marks == [","] and opening[-1].text == ",")


def _is_inside(parsed: Parsed, one: Phrase, other: Phrase, start: int, end: int) -> bool:
    """Whether what joins two phrases is no sentence, and no verb depends on the first one's number."""
    tags = {tables.verb_tag(word.lower) for word in parsed.words[start:end] if word.part in ("VERB", "AUX")}
    before = parsed.words[one.at - 1] if one.at else None
    is_object = before is not None and before.part in ("VERB", "PREP") and before.lower != "of"
    return tags <= {"VBG", "VBN"} and (is_object or one.is_plural == other.is_plural)


def _end(parsed: Parsed, starts: dict[int, Phrase], phrase: Phrase) -> int:
    """Where a phrase ends with what it is of: "the roofs of several buildings"."""
    end = phrase.after
    while parsed.lower(end) == "of" and end + 1 in starts:
        end = starts[end + 1].after
    return end


def _is_one_way(parsed: Parsed, start: int, end: int) -> bool:
    """Whether the words between two phrases say a relation that cannot be turned round."""
    between = parsed.words[start:end]
    joined = _joined(parsed, start, end)
    if not between or "away" in joined:
        return False
    *earlier, last = between
    if last.lower == "by":
        return bool(earlier) and earlier[-1].lower in _DONE_BY
    if last.lower == "from":
        return bool(_HANGS & {word.lower for word in earlier})
    if joined.endswith(_PHRASES):
        return True
    if last.part == "VERB":
        others = [word for word in earlier if word.part not in ("ADV", "AUX")]
        return not others and tables.base(last.lower, "VERB") in _DOES
    return last.lower in _ONE_WAY and all(word.part != "PREP" or word.lower in ("up", "out") for word in earlier)


def _ends_clause(parsed: Parsed, number: int) -> bool:
    """Whether a clause ends here, or goes on with where all of it is."""
    if number >= len(parsed.words) or parsed.words[number].text in (".", ",", ";", "!"):
        return True
    return parsed.lower(number) in ("in", "on", "at", "near")


def _can_trade(one: Phrase, other: Phrase) -> bool:
    if {one.words[0].lower, other.words[0].lower} & _BOUND or alike(one.noun, other.noun, THINGS):
        return False
    return one.is_thing and other.is_thing and not {one.noun, other.noun} & (PEOPLE | PICTURE)


def _agreement(parsed: Parsed, subject: Phrase, other: Phrase, end: int) -> list[Edit] | None:
    """The edit that makes the verb agree with `other`, if it needs one; None if its form is not known."""
    verb = next((word for word in parsed.words[end:] if word.part != "ADV"), None)
    if subject.is_plural == other.is_plural or verb is None or verb.part not in ("VERB", "AUX"):
        return []
    if verb.part == "AUX":
        new = _AGREEING.get(verb.lower, "")
    else:
        tag = tables.verb_tag(verb.lower)
        if tag not in ("VBZ", "VB"):
            return []
        new = tables.in_form(verb.lower, "VB" if tag == "VBZ" else "VBZ")
    return [Edit(verb.start, verb.end, new)] if new else None


def _joined(parsed: Parsed, start: int, end: int) -> str:
    return " ".join(word.lower for word in parsed.words[start:end])


def _span(parsed: Parsed, start: int, end: int) -> tuple[int, int]:
    return parsed.words[start].start, parsed.words[end - 1].end
