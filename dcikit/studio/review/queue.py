"""Which regions are reviewed, and who described each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from dcikit.data.record import Record
from dcikit.schema.regions import BASE, mask_key

from ..store.journal import Event
from ..store.suggestions import given_texts, verdict

Key = tuple[str, str]
"""image_id and region."""


@dataclass(frozen=True)
class Reviewed:
    """A region to be reviewed.

    Attributes:
        annotator: who described it; empty where nobody knows.
        suggestion: what became of texts that were there before, see `store.suggestions`; empty without any.
    """

    image_id: str
    region: str
    annotator: str
    suggestion: str = ""


def regions_of(record: Record, events: list[Event]) -> Iterator[Reviewed]:
    """The regions of an image that say anything: the image, then its masks in file order."""
    authors = annotators(events)
    if record.short_caption.strip() or record.extra_caption.strip():
        yield Reviewed(record.image_id, BASE, authors.get(BASE, ""))
    for mask in record.masks:
        if mask.quality == "bad" or mask.label.strip() or mask.caption.strip():
            given = given_texts(mask, events)
            suggestion = verdict(mask, given, events) if given else ""
            yield Reviewed(record.image_id, mask.key, authors.get(mask.key, ""), suggestion)


def annotators(events: Iterable[Event]) -> dict[str, str]:
    """Region -> who described it: the last who wrote of it, or accepted what was there."""
    found: dict[str, str] = {}
    for event in events:
        if event.action == "accept":
            found[mask_key(str(event.payload.get("mask")))] = event.author
        for edit in event.edits:
            match edit.path:
                case ("short_caption" | "extra_caption",):
                    found[BASE] = event.author
                case ("mask_data", mask_id, *_):
                    found[mask_key(mask_id)] = event.author
    return found


def drawn(regions: list[Reviewed], sample: int | None, seed: int) -> list[Reviewed]:
    """So many of the regions at random, in their order; all if there are no more, or `sample` is None."""
    if sample is None or sample >= len(regions):
        return regions
    return [regions[index] for index in sorted(Random(seed).sample(range(len(regions)), sample))]
