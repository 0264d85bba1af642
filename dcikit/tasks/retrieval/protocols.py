"""Which crop is to be found by which text, and the other way: the named protocols (docs/protocol.md §6).

Each item is a crop with one text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from dcikit.engine.items import Excluded, Item, Row
from dcikit.schema.regions import BASE, NEGATIVE_KINDS

from ..sdci_items import CAPTION, row_items
from .goal_photos import GOAL_PHOTOS
from .iiw_photos import IIW_PHOTOS

NO_EXTRA = "no extra_caption"
"""Why `long-dci` excludes an image."""

NOT_LISTED = "not in the protocol's list of photos"
"""Why `goal` and `iiw` exclude an image."""


@dataclass(frozen=True)
class Protocol:
    """Which images are ranked, by which text.

    Attributes:
        gallery: how many images it ranks on the whole release.
        text: the texts of `columns` -> the text; None excludes the image.
        photos: file names of the only images that it ranks; None: those of all splits.
        config: of the rows that it reads.
        columns: those with the texts that it reads.
    """

    gallery: int
    text: Callable[..., str | None]
    photos: Collection[str] | None = None
    config: str = "dci"
    columns: tuple[str, ...] = ("short_caption", "extra_caption")


def _lotlip(short: str, extra: str) -> str:
    pieces = (piece.strip() for piece in re.split(r"[\n.]", f"{short}\n{extra}"))
    return ". ".join(piece for piece in pieces if piece)


PROTOCOLS = {
    "lotlip": Protocol(7805, _lotlip),
    "extra": Protocol(7805, lambda short, extra: extra),
    "long-dci": Protocol(7602, lambda short, extra: extra or None),
    "fgclip": Protocol(7805, lambda short, extra: extra.lower()),
    "goal": Protocol(1999, lambda short, extra: extra.strip(), GOAL_PHOTOS),
    "plain": Protocol(7805, lambda short, extra: f"{short} {extra}"),
    "short": Protocol(7805, lambda short, extra: short or extra),
    "iiw": Protocol(112, lambda text: text.strip(), IIW_PHOTOS, "iiw", ("iiw_description",)),
}
"""The protocols over images; papers mean different ones by "DCI retrieval" (docs/published.md)."""

UNITS = ("image", "region")
"""What is retrieved: images of config `dci` or `iiw`, or regions of config `sdci`."""

COLUMNS = {
    "image": ("image_id", "file_name", "image", "width", "height", "short_caption", "extra_caption", "iiw_description"),
    "region": ("image_id", "file_name", "image", "regions"),
}
"""The columns that a unit reads."""


def check_protocol(protocol: str | None, unit: str) -> str:
    """The name under which scores are reported: the protocol, or "region".

    Args:
        protocol: one of `PROTOCOLS` for unit "image" (None: lotlip); None for unit "region", which has one.
        unit: one of `UNITS`.

    Raises:
        ValueError: if one is unknown, or they do not go together.
    """
    if unit not in UNITS:
        raise ValueError(f"`unit` must be one of {', '.join(UNITS)}, got {unit}")
    if unit == "region":
        if protocol is not None:
            raise ValueError(f"`protocol` is of whole images, got {protocol} with unit region; leave it out")
        return "region"
    if protocol is not None and protocol not in PROTOCOLS:
        raise ValueError(f"`protocol` must be one of {', '.join(PROTOCOLS)}, got {protocol}")
    return protocol or "lotlip"


def retrieval_items(row: Row, protocol: str) -> list[Item | Excluded]:
    """What a protocol ranks of a row.

    Of an image it is the whole image with its text. For "region" it is every region of a row of config `sdci` (the
    whole image and its subcrops), each crop with its first caption: so a region has one right caption and a caption
    one right region, among those of all images.

    Args:
        protocol: as `check_protocol` returns it.

    Raises:
        ValueError: if the row is not one of the config that the protocol reads.
    """
    if protocol == "region":
        return [_item(item.image_id, item.key, item.box, item.texts[CAPTION]) for item in row_items(row)]
    reads = PROTOCOLS[protocol]
    try:
        box, texts = (0, 0, row["width"], row["height"]), [row[column] or "" for column in reads.columns]
    except (KeyError, TypeError, IndexError):
        columns = ("image_id", "file_name", "image", "width", "height", *reads.columns)
        raise ValueError(
            f"`dataset` must have rows of config {reads.config} for {protocol}, with {', '.join(columns)}; "
            f'load it with load_dataset("dci", "{reads.config}", ...)'
        ) from None
    if reads.photos is not None and row.get("file_name") not in reads.photos:
        return [Excluded(row["image_id"], BASE, NOT_LISTED)]
    text = protocol_text(protocol, *texts)
    if text is None:
        return [Excluded(row["image_id"], BASE, NO_EXTRA)]
    listed = {"file_name": row["file_name"]} if reads.photos is not None else {}
    return [_item(row["image_id"], BASE, box, text, listed)]


def protocol_text(protocol: str, *texts: str) -> str | None:
    """The text of an image.

    Args:
        protocol: one of `PROTOCOLS`.
        texts: those of its columns: of most protocols the short and the extra caption.

    Returns:
        The text; None if the protocol leaves the image out.
    """
    return PROTOCOLS[protocol].text(*texts)


def missing_photos(protocol: str, file_names: Iterable[str]) -> list[str]:
    """The photos of the protocol's list that are not among these, in order; nothing for a protocol without a list."""
    return sorted(set(PROTOCOLS[protocol].photos or ()).difference(file_names))


def _item(image_id: str, key: str, box: Any, text: str, facts: dict[str, str] | None = None) -> Item:
    negatives: dict[str, list[str]] = {kind: [] for kind in NEGATIVE_KINDS}
    return Item(image_id, key, box, {CAPTION: text}, [image_id, key, box, [text], negatives, None], facts or {})
