"""Extractive summaries: whole sentences of the dense text, as many as fit."""

from __future__ import annotations

from dcikit.data.text import submasks

from ..sentences import sentences
from ..source import Source
from ..tokens import Tokens
from ..words import normal, words


def extracts(source: Source, tokens: Tokens, count: int) -> list[str]:
    """Captions made of the annotators' own sentences.

    Returns:
        The first caption, the leading sentences of the region's own text as far as they fit; then up to `count`
        others: the list of what it holds, and sentences from all over the region that follow one another and fill
        half the context, or as few as one. None if no sentence fits.
    """
    own, inside = _own_sentences(source), _inside_sentences(source)
    first = _pack(own or inside, tokens, tokens.context)
    if not first:
        return []
    found, seen = [first], {normal(first)}
    label = source.mask.label.strip() if source.mask else ""
    others = (_named(label, _pack(parts, tokens, limit)) for limit, parts in _spread(own + inside, tokens.context))
    for text in (_holds(source), *others):
        if len(found) > count:
            break
        if words(text) and normal(text) not in seen and tokens.fits(text):
            found.append(text)
            seen.add(normal(text))
    return found


def _pack(parts: list[str], tokens: Tokens, limit: int) -> str:
    """The leading sentences that fit into `limit` tokens; one that is too long by itself is passed over."""
    kept: list[str] = []
    for part in parts:
        if tokens.count(" ".join([*kept, part])) <= limit:
            kept.append(part)
        elif kept:
            break
    return " ".join(kept)


def _own_sentences(source: Source) -> list[str]:
    if source.mask is None:
        found = sentences(source.record.short_caption) + sentences(source.record.extra_caption)
        return [part for part in found if len(words(part)) > 2]
    return _told(source.mask.label, source.mask.caption)


def _inside_sentences(source: Source) -> list[str]:
    if source.mask is None:
        masks = [mask for mask in source.record.masks if mask.quality == "ok"]
    else:
        masks = [mask for mask, _ in submasks(source.record, source.mask) if mask.quality == "ok"]
    return [part for mask in masks for part in _told(mask.label, mask.caption)]


def _told(label: str, caption: str) -> list[str]:
    """A mask's sentences; the first one names the label."""
    label, found = label.strip(), sentences(caption)
    if not found:
        return [label] if words(label) else []
    return [_named(label, found[0]), *found[1:]]


def _named(label: str, text: str) -> str:
    return f"{label}: {text}" if words(label) and text and normal(label) not in normal(text) else text


def _holds(source: Source) -> str:
    """Such as "house with a door, windows and a roof", of labels alone."""
    if source.mask is None:
        inside = [mask for mask in source.record.masks if mask.parent_id is None]
    else:
        inside = [mask for mask, depth in submasks(source.record, source.mask) if depth == 1]
    labels = list(dict.fromkeys(mask.label.strip() for mask in inside if mask.quality != "bad" and words(mask.label)))
    head = source.mask.label.strip() if source.mask else ""
    labels = [label for label in labels[:6] if normal(label) != normal(head)]
    if not labels or (len(labels) == 1 and not head):
        return ""
    listed = " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
    return f"{head} with {listed}" if head else listed


def _spread(parts: list[str], context: int) -> list[tuple[int, list[str]]]:
    """Where captions begin, in an order that visits every part of the text early, with the tokens they may fill."""
    starts = [start for offset in (0, 2, 1, 3) for start in range(offset, len(parts), 4)]
    return [(limit, parts[start:]) for limit in (context // 2, 1 + context // 5) for start in starts]
