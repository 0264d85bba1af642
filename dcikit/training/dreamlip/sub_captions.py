"""The sentences of an image's long caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class SubCaption(NamedTuple):
    """A sentence, and the place of the mask that it describes in the row's `masks`; None: the whole image."""

    text: str
    mask: int | None


def row_sub_captions(row: Mapping[str, Any]) -> list[SubCaption]:
    """The sentences of a row of config `dci`: those of the extended caption, then of each mask of quality `ok`.

    A sentence on a mask need not name its object ("It is red"), so the label goes before it, as in a region text
    (docs/protocol.md §2).
    """
    whole = [SubCaption(text, None) for text in sentences(f"{row['short_caption']}\n{row['extra_caption']}")]
    return whole + [
        SubCaption(f"{mask['label']}: {text}" if mask["label"] else text, place)
        for place, mask in enumerate(row["masks"])
        if mask["quality"] == "ok"
        for text in sentences(mask["caption"])
    ]


def sentences(text: str) -> Iterator[str]:
    """What stands between newlines, full stops, exclamation and question marks, stripped, if it has a word."""
    return (piece.strip() for piece in re.split(r"[\n.!?]", text) if re.search(r"\w", piece))
