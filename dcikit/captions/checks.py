"""What an answer must be to become a caption or a negative (docs/protocol.md §8). Pure functions on texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from dcikit.files.strict_json import parse_strictly

from .words import normal, shared_words, words


class Reason(str, Enum):
    """Why an answer is refused; the value is what reports count."""

    empty = "empty"
    cut_off = "cut off by the server"
    several_lines = "more than one line"
    remark = "a remark around the caption"
    refusal = "a refusal"
    echo = "an echo of the prompt"
    markup = "markup or broken JSON"
    too_long = "too many tokens"
    length = "a length far from the caption's"
    unchanged = "a negative that does not differ from its caption"
    repeated = "a text that is there already"
    other_words = "a swap with words that are not the caption's"
    no_object = "not the JSON object that was asked for"


EXPLANATION = {
    Reason.empty: "it was empty",
    Reason.cut_off: "it did not come to an end",
    Reason.several_lines: "it had more than one line",
    Reason.remark: "it had a remark before or after the caption",
    Reason.refusal: "it declined, though nothing harmful is asked for",
    Reason.echo: "it repeated the task",
    Reason.markup: "it was not plain text",
    Reason.too_long: "it was too long",
    Reason.length: "its length was too different from that of the given caption",
    Reason.unchanged: "it was the given caption itself",
    Reason.repeated: "it had been written already",
    Reason.other_words: "it used other words than the given caption",
    Reason.no_object: "it was not one JSON object with the keys that were asked for",
}
"""What the prompt `again` tells the model."""

SHORTER, LONGER, KEPT_LONGER = 15, 50, 5
"""Tokens by which a negative may be shorter or longer than its caption, and longer once it was shortened."""

OWN_WORDS = 0.8
"""Least share of a swap's words, articles aside, that its caption has too, and the other way round."""

_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_CUE = re.compile(r"^(?:(?:short(?:er)?|wrong|true) )?(?:caption|captions|summary)\s*:\s*", re.IGNORECASE)
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("«", "»"), ("`", "`"))
_BULLET = re.compile(r"^(?:[-*•–]\s+|\(?\d{1,2}[.):]\s+)")

_REFUSAL = re.compile(
    r"(?:(?:i'm|i am) (?:\w+ )?(?:sorry|afraid|unable|not able)"
    r"|i (?:cannot|can't|won't|will not|must decline|apologi[sz]e)"
    r"|sorry[,.]|unfortunately, i|as an ai\b|(?:it is|it's) not (?:possible|appropriate) (?:for me )?to)"
)
_MACHINE = re.compile(r"\bas an? (?:ai|artificial intelligence|large language)\b|\b(?:an ai|a) language model\b")
_OPENING = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|okay|ok|great|no problem)\s*[,.!:–—-]"
    r"|(?:here(?:'s| is| are)|below (?:is|are)|this is|the following)\b[^.]{0,60}\b"
    r"(?:caption|captions|summary|version|rewrite|description)\b[^.]{0,60}:"
    r"|(?:the )?(?:altered|new|modified|changed|revised|rewritten|shortened) (?:caption|version)\b[^.]{0,30}:)"
)
_CLOSING = re.compile(
    r"[(\[]?\b(?:note|explanation|changes made|words?(?: count)?)\s*:|\bi hope (?:this|that)\b|\blet me know\b"
    r"|\b(?:i|i've|i have) (?:changed|swapped|replaced|kept|shortened)\b|\(\d+ words\)"
)
_MARKUP = re.compile(r"```|</?[a-z]+>|^[\[{]|\*\*|^#|[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", re.IGNORECASE)


def without_thought(answer: str) -> str:
    """An answer without what a reasoning model wrote before it."""
    return _THOUGHT.sub("", answer, count=1).strip()


def clean(answer: str) -> str:
    """An answer without a reasoning model's thoughts, the prompt's own cue, and quotation marks around it."""
    text = _CUE.sub("", without_thought(answer))
    for opening, closing in _QUOTES:
        inner = text[1:-1]
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            if opening not in inner and closing not in inner:
                text = inner.strip()
            break
    return text


def defect(text: str, prompt: str, *, finished: bool = True) -> Reason | None:
    """Why a cleaned answer is no caption at all; None if it may be one.

    Args:
        text: the answer, cleaned.
        prompt: the template that was filled in, whose sentences may not come back.
        finished: whether the model came to an end by itself.
    """
    plain = text.casefold().replace("’", "'")
    tests = (
        (Reason.cut_off, lambda: not finished or plain.startswith("<think")),
        (Reason.empty, lambda: not words(text)),
        (Reason.refusal, lambda: _REFUSAL.match(plain) or _MACHINE.search(plain)),
        (Reason.echo, lambda: _echoes(text, prompt)),
        (Reason.remark, lambda: _OPENING.match(plain) or _CLOSING.search(plain)),
        (Reason.several_lines, lambda: len(text.splitlines()) > 1),
        (Reason.markup, lambda: _MARKUP.search(text)),
    )
    return next((reason for reason, test in tests if test()), None)


def _echoes(text: str, prompt: str) -> bool:
    said = f" {normal(text)} "
    return any(part in said for part in _told(prompt))


@lru_cache(maxsize=64)
def _told(prompt: str) -> tuple[str, ...]:
    """The clauses of a prompt that are long enough to be known again."""
    parts = (normal(part) for part in re.split(r"[.:\n]|\{\w+\}", prompt))
    return tuple(f" {part} " for part in parts if len(part.split()) >= 4)


def negative_defect(text: str, caption: str, others: Iterable[str], kind: str, own_words: float) -> Reason | None:
    """Why a text is no negative of its caption, lengths aside; None if it is one.

    Args:
        others: the region's captions and negatives so far.
        kind: one of `NEGATIVE_KINDS`.
        own_words: the least `shared_words` of a swap.
    """
    if normal(text) == normal(caption):
        return Reason.unchanged
    if normal(text) in map(normal, others):
        return Reason.repeated
    if kind == "swaps" and shared_words(text, caption) < own_words:
        return Reason.other_words
    return None


def split_list(answer: str) -> list[str]:
    """The items of an answer that should be a list: a JSON array of strings, or else its lines without bullets."""
    text = without_thought(answer)
    fenced = re.fullmatch(r"```\w*\n(.*?)\n?```", text, re.DOTALL)
    text = fenced[1].strip() if fenced else text
    try:
        items = parse_strictly(text)
    except ValueError:
        items = None
    if isinstance(items, list) and all(isinstance(item, str) for item in items):
        return [clean(item) for item in items]
    return [clean(_BULLET.sub("", line.strip())) for line in text.splitlines() if line.strip()]
