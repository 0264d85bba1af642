"""Scores of a crop from a model that reads an image and a text together, pair by pair, when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.preprocessor import Tokens

from .items import Label
from .processes import Processes

BATCH = 32
"""Pairs of one forward pass."""


class PairScorer:
    """Scores pairs in batches that the processes share."""

    def __init__(self, encoder: CrossEncoder, processes: Processes) -> None:
        self.encoder = encoder
        self.processes = processes

    def score(self, wanted: Iterable[tuple[PairScores, Tokens]]) -> None:
        """Scores what is not known yet of some pairs."""
        new = dict.fromkeys((crop, text) for crop, text in wanted if text not in crop.known)
        ordered = sorted(new, key=lambda pair: len(pair[1]))  # alike in length they need little padding
        batches = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
        rank, count = self.processes.rank, self.processes.count
        own = {number: self._batch(batches[number]) for number in range(rank, len(batches), count)}
        for part in self.processes.gather(own) if batches else []:
            for number, scores in part.items():
                for (crop, text), score in zip(batches[number], scores, strict=True):
                    crop.known[text] = score

    def _batch(self, batch: list[tuple[PairScores, Tokens]]) -> list[float]:
        with self.encoder.inference():
            return self.encoder.match(torch.stack([crop.image for crop, _ in batch]), [text for _, text in batch])


class PairScores:
    """Scores of one crop, each computed once.

    Args:
        scorer: who computes them.
        where: the item, for errors.
        image: its row of `embed_images`.
        texts: what the model reads.
    """

    def __init__(self, scorer: PairScorer, where: str, image: Tensor, texts: Mapping[Label, Tokens]) -> None:
        self.scorer = scorer
        self.where = where
        self.image = image
        self.texts = texts
        self.known: dict[Tokens, float] = {}

    def own(self, labels: Sequence[Label]) -> Tensor:
        self.scorer.score((self, text) for text in self.texts.values())  # all at once: the suites ask one by one
        return self._tensor([self.texts[label] for label in labels])

    def between(self, group: Sequence[PairScores], labels: Sequence[Label]) -> Tensor:
        texts = [other.texts[label] for other in group for label in labels]
        self.scorer.score((row, text) for row in group for text in texts)
        return torch.stack([row._tensor(texts).view(len(group), len(labels)) for row in group])

    def _tensor(self, texts: Sequence[Tokens]) -> Tensor:
        scores = torch.tensor([self.known[text] for text in texts], dtype=torch.float64)
        if not torch.isfinite(scores).all():
            raise ValueError(f"the scores of {self.where} hold NaN or infinity; try the model in float32")
        return scores
