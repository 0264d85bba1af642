"""Items of a pair benchmark whose scores are chosen, not computed by a model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dcikit.engine.encodings import Embeddings
from dcikit.engine.items import EncodedItem, Excluded, Item
from dcikit.schema.score import Score
from dcikit.tasks.pairs import Pairs
from dcikit.tasks.pairs.benchmark import Benchmark
from dcikit.tasks.pairs.rows import PairRows, Part

PHOTO = torch.tensor([1.0, 0.0])


def text(score: float) -> torch.Tensor:
    """A text whose cosine with `PHOTO` is that."""
    return torch.tensor([score, math.sqrt(1 - score * score)])


def rows_of(benchmark: Benchmark, raws: Sequence[Mapping[str, Any]], subset: str = "", **options: Any) -> PairRows:
    """Rows of a benchmark as its files have them."""
    return PairRows(benchmark, [Part("rows", raws, subset)], {}, **options)


def encoded(item: Item, scores: Sequence[float], truncated: int = 0) -> EncodedItem:
    """An item whose texts have these scores with its photo, captions first."""
    texts = {label: text(score) for label, score in zip(item.texts, scores, strict=True)}
    return EncodedItem(item, {}, frozenset(list(item.texts)[:truncated]), Embeddings(str(item), PHOTO, texts))


def judged(benchmark: Benchmark, rows: PairRows, scores: Sequence[Sequence[float]]) -> dict[str, Score]:
    """The scores of rows whose texts have those scores; a row without a photo needs none."""
    task = Pairs(benchmark)
    scorer, given = task.scorer(), iter(scores)
    for row in rows:
        for item in task.items(row):
            if isinstance(item, Excluded):
                scorer.exclude(item)
            else:
                scorer.add(encoded(item, next(given)))
    assert next(given, None) is None
    return scorer.finish()
