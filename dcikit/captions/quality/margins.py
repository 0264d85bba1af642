"""Captions that name what is not in the region: a model finds that a sibling's caption fits its crop better."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from dcikit.data.regions import Region, scored_regions
from dcikit.data.release import Release
from dcikit.encoders.encoder import Encoder
from dcikit.engine.items import EncodedItem, Item, Label, Row
from dcikit.engine.windows import Run, encoded_windows

_OWN: Label = ("own", 0)


@dataclass(frozen=True)
class Margin:
    """How much better a region's own caption fits than that of any sibling.

    Attributes:
        image_id, key: the region.
        sibling: the region of the sibling whose caption fits best.
        margin: the score of the region's crop with its own first caption less that with the sibling's: cosines.
    """

    image_id: str
    key: str
    sibling: str
    margin: float


def sibling_margins(release: Release, names: Sequence[str], encoder: Encoder, run: Run) -> Iterator[Margin]:
    """The margin of every region that is scored and has siblings with other captions, image by image.

    Siblings are the masks of one parent. The first captions are compared.

    Args:
        names: annotation files.
        run: batch size and callback.

    Raises:
        DataError: if a file has a defect.
    """
    readers = (partial(_row, release, name) for name in names)
    for window in encoded_windows(readers, encoder, _items, run):
        yield from (_margin(encoded) for encoded in window.encoded(encoder))


def _row(release: Release, name: str) -> Row:
    record = release.read(name, summaries=True)
    photo = {"bytes": record.photo, "path": None}
    regions = list(scored_regions(record))
    return {"image_id": record.image_id, "file_name": record.file_name, "image": photo, "regions": regions}


def _items(row: Row) -> list[Item]:
    items = []
    for region in row["regions"]:
        siblings = [other for other in row["regions"] if _are_told_apart(region, other)]
        if siblings:
            others = {("sibling", index): other.captions[0] for index, other in enumerate(siblings)}
            texts = {_OWN: region.captions[0], **others}
            facts = {"siblings": [other.key for other in siblings]}
            items.append(Item(row["image_id"], region.key, region.crop_box, texts, facts=facts))
    return items


def _are_told_apart(region: Region, other: Region) -> bool:
    """Whether both are masks of one parent, with different captions."""
    if region.mask is None or other.mask is None or region.key == other.key:
        return False
    return region.mask.parent_id == other.mask.parent_id and region.captions[0] != other.captions[0]


def _margin(encoded: EncodedItem) -> Margin:
    item = encoded.item
    siblings = item.facts["siblings"]
    own, *others = encoded.encoding.own([_OWN, *(("sibling", index) for index in range(len(siblings)))]).tolist()
    best = max(range(len(siblings)), key=others.__getitem__)
    return Margin(item.image_id, item.key, siblings[best], round(own - others[best], 6))


def margins_document(margins: Sequence[Margin]) -> dict[str, Any]:
    """The margins as JSON: those that a sibling's caption fits better, worst first."""
    misfits = sorted((each for each in margins if each.margin < 0), key=lambda each: each.margin)
    return {
        "regions": len(margins),
        "mean": round(statistics.fmean(each.margin for each in margins), 6) if margins else None,
        "misfits": [asdict(each) for each in misfits],
    }
