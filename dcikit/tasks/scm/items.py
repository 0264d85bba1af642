"""Which texts of a region the suites read (docs/protocol.md §5)."""

from __future__ import annotations

from dataclasses import replace

from dcikit.engine.items import Item, Label
from dcikit.schema.regions import BASE, NEGATIVE_KINDS

PICKED = 5
"""Captions of a region in suite pick5."""

SWAPS: Label = ("swaps", 0)


def captions(n: int) -> list[Label]:
    """The first n captions."""
    return [("caption", index) for index in range(n)]


def narrowed(item: Item, suites: tuple[str, ...]) -> Item:
    """The item with the texts that the suites read; with none if they do not read the region."""
    n_captions = 0
    wanted: set[Label] = set()
    if "all" in suites:
        n_captions = 1
        wanted.update((kind, 0) for kind in NEGATIVE_KINDS)
    if "image" in suites:
        n_captions = 1
    if "pick5" in suites and item.facts["captions"] >= PICKED:
        n_captions = PICKED
        wanted.add(SWAPS)
    if "base" in suites and item.key == BASE:
        n_captions = max(n_captions, 1)
        wanted.add(SWAPS)
    if "hard" in suites and item.facts["hard_negative"] is not None:
        n_captions = max(n_captions, 1)
        wanted.add(item.facts["hard_negative"])
    read = {*captions(n_captions), *wanted}
    return replace(item, texts={label: text for label, text in item.texts.items() if label in read})
