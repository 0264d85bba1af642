"""What a model says of an entry: its embeddings, or scores that somebody else computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import normalize

from dcikit.tasks.scm.entries import Negative


class Scores(Protocol):
    """The scores of one subcrop. Those of a group are all of one kind."""

    def own(self, n: int) -> Tensor:
        """Scores (n,) with its first n captions."""

    def negative(self, which: Negative) -> Tensor | None:
        """Score () with one of its negatives; None if it has no such negative."""

    def between(self, group: Sequence[Any], n: int) -> Tensor:
        """Scores (G, G, n) of every subcrop of a group with the first n captions of every entry."""


@dataclass(frozen=True)
class ScoredEntry:
    """What the suites need to know of an entry.

    Attributes:
        image_id, key: which region.
        n_captions: how many captions it has.
        hard_negative: see `entries.hard_negative`.
        scores: its scores, with at least as many captions as the suites ask for; unread if they ask for none.
        truncated_captions: places of the captions that were cut at the model's context.
        truncated_negatives: the negatives that were cut.
    """

    image_id: str
    key: str
    n_captions: int
    hard_negative: Negative | None
    scores: Scores
    truncated_captions: frozenset[int] = frozenset()
    truncated_negatives: frozenset[Negative] = frozenset()


class Embeddings:
    """Scores as the cosine of embeddings, in double precision, every pair summed by itself.

    So equal texts have equal scores, whatever was computed beside them.

    Args:
        where: the entry, for errors.
        image: (D,) embedding of the subcrop, of any length.
        captions: (n, D).
        negatives: (D,) each.

    Raises:
        ValueError: if one of them is not finite, or of another width.
    """

    def __init__(self, where: str, image: Tensor, captions: Tensor, negatives: Mapping[Negative, Tensor]) -> None:
        for embeds in (image, captions, *negatives.values()):
            if embeds.shape[-1:] != image.shape[-1:]:
                raise ValueError(
                    f"the embeddings of {where} must have one width, got {image.shape[-1]} and {embeds.shape[-1]}"
                )
            if not torch.isfinite(embeds).all():
                raise ValueError(f"the embeddings of {where} hold NaN or infinity; try the model in float32")
        self.image = image
        self.captions = captions
        self.negatives = negatives

    def own(self, n: int) -> Tensor:
        return (_unit(self.image) * _unit(self.captions[:n])).sum(-1)

    def negative(self, which: Negative) -> Tensor | None:
        text = self.negatives.get(which)
        return None if text is None else (_unit(self.image) * _unit(text)).sum(-1)

    def between(self, group: Sequence[Embeddings], n: int) -> Tensor:
        images = _unit(torch.stack([scores.image for scores in group]))
        captions = _unit(torch.stack([scores.captions[:n] for scores in group]))
        return (images[:, None, None] * captions).sum(-1)


def _unit(embeds: Tensor) -> Tensor:
    return normalize(embeds.double(), dim=-1)


class Similarities:
    """Scores that were computed elsewhere.

    Args:
        where: the entry, for errors.
        place: the entry's place among all entries.
        captions: for every entry of the dataset, in order, this subcrop's scores with that entry's captions. Only
            entries of the same groups are read: the others may be empty.
        negatives: its scores with its own negatives.

    Raises:
        ValueError: here or later, if a score that is read is missing or NaN.
    """

    def __init__(
        self, where: str, place: int, captions: Sequence[Sequence[float]], negatives: Mapping[Negative, float]
    ) -> None:
        self.where = where
        self.place = place
        self.captions = captions
        self.negatives = negatives

    def own(self, n: int) -> Tensor:
        return self._with(self.place, n)

    def negative(self, which: Negative) -> Tensor | None:
        score = self.negatives.get(which)
        return None if score is None else self._checked(torch.tensor(score, dtype=torch.float64))

    def between(self, group: Sequence[Similarities], n: int) -> Tensor:
        return torch.stack([torch.stack([row._with(other.place, n) for other in group]) for row in group])

    def _with(self, place: int, n: int) -> Tensor:
        scores = self.captions[place] if place < len(self.captions) else ()
        if len(scores) < n:
            raise ValueError(
                f"`caption_scores` of {self.where} must hold {n} scores with entry {place}, got {len(scores)}"
            )
        return self._checked(torch.tensor([float(score) for score in scores[:n]], dtype=torch.float64))

    def _checked(self, scores: Tensor) -> Tensor:
        if scores.isnan().any():
            raise ValueError(f"the scores of {self.where} hold NaN")
        return scores
