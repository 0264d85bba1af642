"""Which texts of a region the suites read, and which regions they cannot use (docs/protocol.md §4, §5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from dcikit.engine.items import Item, Label, Row
from dcikit.schema.regions import BASE, NEGATIVE_KINDS, OTHER_KINDS
from dcikit.schema.suites import PICKED, SDCI, SDCI_ENTRIES, SUITES

from ..sdci_items import row_items

SWAPS: Label = ("swaps", 0)

IMAGE_EXCLUDED = "the suite drops its image"
NO_SUMMARY = "no summary"


def captions(n: int) -> list[Label]:
    """The first n captions."""
    return [("caption", index) for index in range(n)]


def excluded_images(row: Row, protocol: str) -> dict[str, str]:
    """Suite -> why it drops the whole image of a row; suite image drops what suite all does.

    Raises:
        ValueError: if the row does not know.
    """
    if protocol == SDCI_ENTRIES:
        return {}
    try:
        excluded = {each["suite"]: each["reason"] for each in row["excluded"]}
    except KeyError:
        raise ValueError(
            f"`dataset` must have the column `excluded` for protocol {SDCI}, image {row['image_id']} has none: nobody "
            f"knows which suites drop it; export the release again, or choose protocol {SDCI_ENTRIES}"
        ) from None
    return excluded | ({"image": excluded["all"]} if "all" in excluded else {})


def protocol_items(row: Row, protocol: str) -> list[tuple[Item, dict[str, str]]]:
    """The regions of a row, each with the suites that may not read it and why.

    Raises:
        ValueError: if the row is not one of config `sdci`, or does not know.
    """
    items = row_items(row)
    if protocol == SDCI_ENTRIES:
        return [(item, {} if _has_summary(item) else dict.fromkeys(SUITES, NO_SUMMARY)) for item in items]
    excluded = dict.fromkeys(excluded_images(row, protocol), IMAGE_EXCLUDED)
    return [(item, excluded) for item in items]


def _has_summary(item: Item) -> bool:
    return any(item.texts[label] for label in captions(item.facts["captions"]))


def is_read_by(suite: str, item: Item, suites: Collection[str]) -> bool:
    """Whether one of the suites that are asked for reads a region, as `narrowed` leaves it."""
    few = suite == "pick5" and item.facts["captions"] < PICKED
    return suite in suites and suite not in item.facts["excluded"] and not few


def narrowed(item: Item, suites: Collection[str], excluded: Mapping[str, str]) -> Item:
    """The item with the texts that the suites read; with none if they do not read the region.

    Those that may not read it are in `facts`, and of its identity.
    """
    read_by = [suite for suite in suites if suite not in excluded]
    n_captions = 0
    wanted: set[Label] = set()
    if "all" in read_by:
        n_captions = 1
        wanted.update((kind, 0) for kind in NEGATIVE_KINDS)
        wanted.update(label for label in item.texts if label[0] in OTHER_KINDS)
    if "image" in read_by:
        n_captions = 1
    if "pick5" in read_by and item.facts["captions"] >= PICKED:
        n_captions = PICKED
        wanted.add(SWAPS)
    if "base" in read_by and item.key == BASE:
        n_captions = max(n_captions, 1)
        wanted.add(SWAPS)
    if "hard" in read_by and item.facts["hard_negative"] is not None:
        n_captions = max(n_captions, 1)
        wanted.add(item.facts["hard_negative"])
    read = {*captions(n_captions), *wanted}
    return replace(
        item,
        texts={label: text for label, text in item.texts.items() if label in read},
        identity=[*item.identity, sorted(excluded)] if excluded else item.identity,
        facts={**item.facts, "excluded": dict(excluded)},
    )
