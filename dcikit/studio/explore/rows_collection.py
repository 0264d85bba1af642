"""Images from rows of configs dci and sdci: an export, or any dataset with the same columns."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcikit.data.bitmap import decode
from dcikit.data.record import Box, ClipScores, Mask, Record
from dcikit.files import limits
from dcikit.files.regular_file import read_regular
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.regions import BASE, NEGATIVE_KINDS, QUALITIES

from .collection import Collection

Row = Mapping[str, Any]
Place = tuple[Any, int]
"""A table and a row of it."""

CONFIGS = ("dci", "sdci")
"""The configs whose rows are images; the one whose rows are regions has nothing else to say of them."""


class RowsCollection(Collection):
    """Images that have a row of config dci, of sdci, or of both.

    Args:
        name: the folder or Hub id.
        tables: config -> (split, its `datasets.Dataset`).
        photos: the folder of photos that were attached; None: they are in the rows.

    Raises:
        ArgumentError: if two rows of a config have the same image_id.
    """

    def __init__(self, name: str, tables: Mapping[str, Sequence[tuple[str, Any]]], photos: Path | None = None) -> None:
        self.name = name
        self.identity = os.path.realpath(name) if os.path.exists(name) else name
        self.photos = photos
        self.splits = {}
        self._rows: dict[str, dict[str, Place]] = {config: {} for config in tables}
        self._photos: dict[str, Place] = {}
        for config, splits in tables.items():
            for split, dataset in splits:
                rows, images = dataset.remove_columns("image").with_format("arrow"), dataset.select_columns("image")
                for place, image_id in enumerate(dataset["image_id"]):
                    if image_id in self._rows[config]:
                        raise ArgumentError(f"`dataset` {name} has two rows of image {image_id} in config {config}")
                    self.splits.setdefault(image_id, split)
                    self._rows[config][image_id] = rows, place
                    self._photos.setdefault(image_id, (images.with_format("arrow"), place))

    def examine(self, image_id: str) -> tuple[Record | None, list[DataError]]:
        rows = {config: _row(*places[image_id]) for config, places in self._rows.items() if image_id in places}
        try:
            return record_of(rows.get("dci"), rows.get("sdci")), []
        except (KeyError, TypeError, ValueError) as error:
            remedy = "make the dataset with `dci export`"
            return None, [DataError(f"{self.name}, image {image_id}", "", f"is no row of ours: {error!r}", remedy)]

    def photo(self, image_id: str) -> bytes:
        image = _row(*self._photos[image_id])["image"] or {}
        if image.get("bytes") is not None:
            return bytes(image["bytes"])
        if self.photos is None or not image.get("path"):  # a path that somebody else wrote is not followed
            raise DataError(f"{self.name}, image {image_id}", "", "has no photo", "give the folder with the `photos`")
        return read_regular(Path(image["path"]), limits.PHOTO_BYTES)

    def stamp(self, image_id: str) -> str:
        return " ".join(str(places[image_id][0]._fingerprint) for places in self._rows.values() if image_id in places)


def record_of(dci: Row | None, sdci: Row | None) -> Record:
    """The record behind the rows of an image; from `sdci` alone, without what only `dci` has.

    Raises:
        KeyError, TypeError, ValueError: if a row is not of its config.
    """
    image: Row = dci or sdci or {}
    regions = sdci["regions"] if sdci else ()
    if dci:
        masks = tuple(_mask(each) for each in dci["masks"])
    else:
        masks = tuple(_mask_of_region(each) for each in regions if each["mask_id"] is not None)
    return Record(
        image_id=image["image_id"],
        file_name=image["file_name"],
        width=image["width"],
        height=image["height"],
        short_caption=dci["short_caption"] if dci else _caption_of(regions),
        extra_caption=dci["extra_caption"] if dci else "",
        masks=masks,
        captions={each["key"]: list(each["captions"]) for each in regions},
        negatives={each["key"]: _negatives(each["negatives"]) for each in regions},
        clip_scores={each["key"]: _scores(each["clip_scores"]) for each in regions if each["clip_scores"]},
    )


def _row(table: Any, place: int) -> Row:
    return table[place].to_pylist()[0]


def _mask(each: Row) -> Mask:
    if each["quality"] not in QUALITIES:
        raise ValueError(f"quality {each['quality']!r}")
    return Mask(
        mask_id=each["mask_id"],
        parent_id=each["parent_id"],
        child_ids=tuple(each["child_ids"]),
        label=each["label"] or "",
        caption=each["caption"] or "",
        quality=each["quality"],
        bbox=_box(each["bbox"]),
        area=each["area"],
        png=each["mask"]["bytes"],
    )


def _mask_of_region(each: Row) -> Mask:
    png = each["mask"]["bytes"]
    box, area = _box(each["bbox"]), int(np.count_nonzero(decode(png)))
    return Mask(each["mask_id"], None, (), each["label"] or "", "", "ok", box, area, png)


def _box(numbers: Sequence[int]) -> Box:
    x0, y0, x1, y1 = numbers
    return x0, y0, x1, y1


def _caption_of(regions: Sequence[Row]) -> str:
    """The first summary of the image, where nobody says what was written of it."""
    return next((each["captions"][0] for each in regions if each["key"] == BASE and each["captions"]), "")


def _negatives(kinds: Mapping[str, Sequence[str] | None]) -> dict[str, list[str]]:
    """By kind; null: this region has none of a kind that others have."""
    return {kind: list(texts) for kind, texts in kinds.items() if texts is not None}


def _scores(scores: Row) -> ClipScores:
    kinds = {kind: [_number(score) for score in scores[kind] or []] for kind in NEGATIVE_KINDS}
    return ClipScores(_number(scores["caption"]), kinds)


def _number(score: float | None) -> float | None:
    """A score that is not a number is none."""
    return score if score is not None and math.isfinite(score) else None
