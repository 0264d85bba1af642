"""The sentences of an image's long caption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from dcikit.captions.sentences import sentences_at_marks

from ..choices import picked


class SubCaption(NamedTuple):
    """A sentence, and the place of the mask that it describes in the row's `masks`; None: the whole image.

    `short`: whether it is the short caption.
    """

    text: str
    mask: int | None
    short: bool = False


def row_sub_captions(row: Mapping[str, Any]) -> list[SubCaption]:
    """The texts of a row of config `dci`: its short caption as it is, the sentences of the extra caption, then those of
    each mask of quality `ok`.

    A sentence on a mask need not name its object ("It is red"), so the label goes before it, as in a region text
    (docs/protocol.md §2).
    """
    short = row["short_caption"].strip()
    texts = [SubCaption(short, None, short=True)] if sentences_at_marks(short) else []
    texts += [SubCaption(text, None) for text in sentences_at_marks(row["extra_caption"])]
    return texts + [
        SubCaption(f"{mask['label']}: {text}" if mask["label"] else text, place)
        for place, mask in enumerate(row["masks"])
        if mask["quality"] == "ok"
        for text in sentences_at_marks(mask["caption"])
    ]


def with_short(candidates: Sequence[SubCaption], count: int, rng: Random) -> list[SubCaption]:
    """So many texts of an image: the short caption, if there is one, then others, none twice before all were taken."""
    first = [each for each in candidates if each.short]
    others = [each for each in candidates if not each.short]
    chosen = first + picked(others, min(count - len(first), len(others)), rng)
    return chosen + picked(candidates, count - len(chosen), rng)
