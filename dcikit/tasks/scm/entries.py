"""Rows of config `sdci` -> the entries that are scored, as texts and boxes (docs/protocol.md §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dcikit.schema.regions import BASE as BASE
from dcikit.schema.regions import NEGATIVE_KINDS as NEGATIVE_TYPES

Negative = tuple[str, int]
"""A negative of an entry: its kind and its place among those of that kind."""


@dataclass(frozen=True)
class Entry:
    """A region with its captions and negatives.

    Attributes:
        image_id, key: which region; unique together.
        crop_box: [x0, y0, x1, y1] pixels of the photo.
        captions: the first one first.
        negatives: kind -> texts.
        hard_negative: the negative that CLIP ViT-B/32 scores highest; None if a score is missing.
    """

    image_id: str
    key: str
    crop_box: tuple[int, int, int, int]
    captions: Sequence[str]
    negatives: Mapping[str, Sequence[str]]
    hard_negative: Negative | None


def row_entries(row: Mapping[str, Any]) -> list[Entry]:
    """The entries of one row, in order.

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
        Entry(
            image_id=image_id,
            key=region["key"],
            crop_box=tuple(region["crop_box"]),
            captions=region["captions"],
            negatives=region["negatives"],
            hard_negative=hard_negative(
                {kind: len(region["negatives"][kind]) for kind in NEGATIVE_TYPES}, region["clip_scores"]
            ),
        )
        for region in regions
    ]


def hard_negative(counts: Mapping[str, int], clip_scores: Mapping[str, Any] | None) -> Negative | None:
    """Of all negatives, basic, layout, swaps in that order, the one with the highest score, the last of equals.

    Args:
        counts: kind -> number of negatives.
        clip_scores: kind -> their scores; None, or None among them, where they are missing.

    Returns:
        The negative; None if any score is missing (docs/protocol.md §5, suite hard).
    """
    best: Negative | None = None
    highest = 0.0
    for kind in NEGATIVE_TYPES:
        for index in range(counts[kind]):
            scores = (clip_scores or {}).get(kind) or ()
            if index >= len(scores) or scores[index] is None:
                return None
            if best is None or scores[index] >= highest:
                best, highest = (kind, index), scores[index]
    return best
