"""Rows of config `sdci` -> their regions as items, with all their texts (docs/protocol.md §4)."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from dcikit.engine.items import Item, Label, Row
from dcikit.schema.errors import DataError
from dcikit.schema.regions import NEGATIVE_KINDS, OTHER_KINDS

CAPTION: Label = ("caption", 0)
"""The first caption."""


def row_items(row: Row) -> list[Item]:
    """The regions of one row in order, each with all its captions and negatives.

    `facts` has `captions`, how many there are, and `hard_negative`, the label of the negative that CLIP ViT-B/32
    scores highest, None if a score is missing.

    Raises:
        ValueError: if the row is not one of config `sdci`.
    """
    try:
        image_id = row["image_id"]
        regions = row["regions"]
    except (KeyError, TypeError, IndexError):
        raise ValueError(
            "`dataset` must have rows of config sdci, with `image_id`, `image` and `regions`; "
            'load it with load_dataset("dci", "sdci", ...)'
        ) from None
    return [
        region_item(
            image_id,
            region["key"],
            tuple(region["crop_box"]),
            region["captions"],
            region["negatives"],
            hard_negative({kind: len(region["negatives"][kind]) for kind in NEGATIVE_KINDS}, region["clip_scores"]),
        )
        for region in regions
    ]


def region_item(
    image_id: str,
    key: str,
    box: tuple[int, int, int, int],
    captions: Sequence[str],
    negatives: Mapping[str, Sequence[str]],
    hard: Label | None = None,
) -> Item:
    """A region as an item.

    Raises:
        DataError: if texts are none.
    """
    for name, given in (("captions", captions), *negatives.items()):
        if isinstance(given, (str, bytes)) or not all(isinstance(text, str) for text in given or ()):
            problem = f"`{name}` must be a list of texts, got {reprlib.repr(given)}"
            raise DataError(f"image {image_id}", f"regions.{key}", problem, "correct the row")
    texts: dict[Label, str] = {("caption", index): text for index, text in enumerate(captions)}
    for kind in (*NEGATIVE_KINDS, *OTHER_KINDS):
        texts |= {(kind, index): text for index, text in enumerate(negatives.get(kind) or ())}
    identity = [image_id, key, box, captions, {kind: negatives[kind] for kind in sorted(negatives)}, hard]
    return Item(image_id, key, box, texts, identity, {"captions": len(captions), "hard_negative": hard})


def hard_negative(counts: Mapping[str, int], clip_scores: Mapping[str, Any] | None) -> Label | None:
    """Of all negatives, basic, layout, swaps in that order, the one with the highest score, the last of equals.

    Args:
        counts: kind -> number of negatives.
        clip_scores: kind -> their scores; None, or None among them, where they are missing.

    Returns:
        The negative; None if any score is missing (docs/protocol.md §5, suite hard).
    """
    best: Label | None = None
    highest = 0.0
    for kind in NEGATIVE_KINDS:
        for index in range(counts[kind]):
            scores = (clip_scores or {}).get(kind) or ()
            if index >= len(scores) or scores[index] is None:
                return None
            if best is None or scores[index] >= highest:
                best, highest = (kind, index), scores[index]
    return best
