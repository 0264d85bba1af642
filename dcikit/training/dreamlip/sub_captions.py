"""The sentences of an image's long caption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dcikit.captions.sentences import sentences_at_marks


class SubCaption(NamedTuple):
    """A sentence, and the place of the mask that it describes in the row's `masks`; None: the whole image."""

    text: str
    mask: int | None


def row_sub_captions(row: Mapping[str, Any]) -> list[SubCaption]:
    """The sentences of a row of config `dci`: those of the extended caption, then of each mask of quality `ok`.

    A sentence on a mask need not name its object ("It is red"), so the label goes before it, as in a region text
    (docs/protocol.md §2).
    """
    whole = [SubCaption(text, None) for text in sentences_at_marks(f"{row['short_caption']}\n{row['extra_caption']}")]
    return whole + [
        SubCaption(f"{mask['label']}: {text}" if mask["label"] else text, place)
        for place, mask in enumerate(row["masks"])
        if mask["quality"] == "ok"
        for text in sentences_at_marks(mask["caption"])
    ]
