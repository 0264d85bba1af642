"""Scores the subcrops of one image with their captions: one group of SCM, and one negative each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from dcikit.engine.encode import encode_window
from dcikit.engine.prepare import prepare
from dcikit.tasks.sdci_items import CAPTION, region_item

from .boxes import Box


@dataclass(frozen=True)
class Subcrop:
    """A part of the image.

    Attributes:
        box: x0, y0, x1, y1 in pixels, x1 and y1 exclusive.
        caption: what is true of it.
        negative: what is not; empty: none.
    """

    box: Box
    caption: str
    negative: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a model says of G subcrops.

    Attributes:
        scores: (G, G) score of subcrop i with caption j.
        right: whether each subcrop chooses its own caption.
        caption_right: whether each caption chooses its own subcrop.
        negatives: score of each negative, None where there is none.
        beaten: whether the caption scores higher than it.
    """

    scores: tuple[tuple[float, ...], ...]
    right: tuple[bool, ...]
    caption_right: tuple[bool, ...]
    negatives: tuple[float | None, ...]
    beaten: tuple[bool | None, ...]

    def chosen(self, subcrop: int) -> int:
        """The caption that a subcrop chooses."""
        row = self.scores[subcrop]
        return row.index(max(row))


def check_subcrops(boxes: Sequence[Box], texts: Sequence[Sequence[str]]) -> list[Subcrop]:
    """Boxes and the caption and negative of each -> subcrops.

    Raises:
        ValueError: if a box has no caption, or there are fewer than two.
    """
    if len(boxes) < 2:
        raise ValueError("Draw at least two boxes: a model chooses among their captions.")
    subcrops = []
    for number, (box, (caption, negative)) in enumerate(zip(boxes, texts, strict=True), 1):
        if not caption.strip():
            raise ValueError(f"Box {number} has no caption; write what is true of it, or remove it.")
        subcrops.append(Subcrop(box, caption.strip(), negative.strip()))
    return subcrops


def score(image: Image.Image, subcrops: Sequence[Subcrop], encoder: Any) -> Outcome:
    """Runs a model as the metric does."""
    items = [
        region_item("picture", str(number), subcrop.box, [subcrop.caption], {"swaps": [subcrop.negative]})
        if subcrop.negative
        else region_item("picture", str(number), subcrop.box, [subcrop.caption], {})
        for number, subcrop in enumerate(subcrops, 1)
    ]
    row = {"image_id": "picture", "image": image}
    window = encode_window([prepare(row, encoder.preprocessor, lambda _: items)], encoder)
    encodings = [encoded.encoding for encoded in window.encoded(encoder)]
    scores = encodings[0].between(encodings, [CAPTION])[..., 0].tolist()
    swaps = ("swaps", 0)
    return judge(
        scores,
        [float(own.own([swaps])) if swaps in item.texts else None for item, own in zip(items, encodings, strict=True)],
    )


def judge(scores: Sequence[Sequence[float]], negatives: Sequence[float | None]) -> Outcome:
    """The protocol's decisions: the first maximum wins, a negative must be beaten strictly.

    Args:
        scores: (G, G) score of subcrop i with caption j.
        negatives: (G,) score of each subcrop with its negative; None where there is none.
    """
    columns = list(zip(*scores, strict=True))
    return Outcome(
        scores=tuple(tuple(row) for row in scores),
        right=tuple(row.index(max(row)) == i for i, row in enumerate(map(list, scores))),
        caption_right=tuple(column.index(max(column)) == j for j, column in enumerate(columns)),
        negatives=tuple(negatives),
        beaten=tuple(None if n is None else scores[i][i] > n for i, n in enumerate(negatives)),
    )
