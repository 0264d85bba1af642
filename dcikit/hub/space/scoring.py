"""Scores the subcrops of one image with their captions: one group of SCM, and one negative each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

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
    """Runs a model of dci_metric (its `Encoder`), as the metric does."""
    photo = image.convert("RGB")
    said = [text for subcrop in subcrops for text in (subcrop.caption, subcrop.negative) if text]
    with encoder.inference():
        images = encoder.embed_images([encoder.pixels(photo.crop(subcrop.box)) for subcrop in subcrops])
        tokens = dict(zip(said, encoder.tokens(said)[0], strict=True))
        distinct = list(dict.fromkeys(tokens.values()))
        texts = dict(zip(distinct, encoder.embed_texts(distinct), strict=True))
        entries = []
        for number, subcrop in enumerate(subcrops):
            negative = {("swaps", 0): tokens[subcrop.negative]} if subcrop.negative else {}
            where = f"subcrop {number + 1}"
            entries.append(encoder.scores(where, images[number], [tokens[subcrop.caption]], negative, texts))
        scores = entries[0].between(entries, 1)[..., 0].tolist()
        negatives = [entry.negative(("swaps", 0)) for entry in entries]
    return judge(scores, [None if each is None else float(each) for each in negatives])


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
