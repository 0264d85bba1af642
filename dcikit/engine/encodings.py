"""Scores of a crop from embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from dcikit.schema.errors import ArgumentError, first_line

from .items import Label


class Embeddings:
    """Scores as the cosine of embeddings, in double precision, every pair summed by itself.

    So equal texts have equal scores, whatever was computed beside them.

    Args:
        where: the item, for errors.
        image: (D,) embedding of the crop, of any length.
        texts: (D,) each.

    Raises:
        ValueError: if one of them is not finite, or of another width.
    """

    def __init__(self, where: str, image: Tensor, texts: Mapping[Label, Tensor]) -> None:
        for embeds in (image, *texts.values()):
            if embeds.shape != image.shape[-1:]:
                raise ValueError(
                    f"the embeddings of {where} must have one width, got {image.shape[-1]} and {embeds.shape[-1]}"
                )
            if not torch.isfinite(embeds).all():
                raise ValueError(f"the embeddings of {where} hold NaN or infinity; try the model in float32")
        self.image = image
        self.texts = texts

    def own(self, labels: Sequence[Label]) -> Tensor:
        return (unit(self.image) * unit(self._stacked(labels))).sum(-1)

    def between(self, group: Sequence[Embeddings], labels: Sequence[Label]) -> Tensor:
        images = unit(torch.stack([each.image for each in group]))
        texts = unit(torch.stack([each._stacked(labels) for each in group]))
        return (images[:, None, None] * texts).sum(-1)

    def _stacked(self, labels: Sequence[Label]) -> Tensor:
        return torch.stack([self.texts[label] for label in labels])


class ManyViews:
    """Scores of several crops of one item, reduced to one for each text.

    Args:
        views: the scores of each crop; items of a group have equally many.
        reduce: "max": the highest; "mean".
    """

    def __init__(self, views: Sequence[Any], reduce: str) -> None:
        self.views = views
        self.reduce = reduce

    def own(self, labels: Sequence[Label]) -> Tensor:
        return self._reduced([view.own(labels) for view in self.views])

    def between(self, group: Sequence[ManyViews], labels: Sequence[Label]) -> Tensor:
        alike = zip(*(each.views for each in group), strict=True)
        return self._reduced([view.between(views, labels) for view, views in zip(self.views, alike, strict=True)])

    def _reduced(self, scores: list[Tensor]) -> Tensor:
        stacked = torch.stack(scores)
        return stacked.amax(0) if self.reduce == "max" else stacked.mean(0)


def given_embeddings(value: Any, name: str, where: str) -> Tensor:
    """Embeddings that somebody else computed, as a tensor of any shape.

    Args:
        name: of the argument.
        where: the item, for errors.

    Raises:
        ArgumentError: if they are no numbers, or have a width of 0.
    """
    try:
        embeds = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError(f"`{name}` of {where} must be numbers: {first_line(error)}") from None
    if embeds.is_complex() or embeds.dtype is torch.bool or 0 in embeds.shape[-1:]:
        kind = str(embeds.dtype).removeprefix("torch.")
        raise ArgumentError(f"`{name}` of {where} must be real numbers, at least one, got {kind} {tuple(embeds.shape)}")
    return embeds


def unit(embeds: Tensor) -> Tensor:
    """At length 1, in double precision."""
    return normalize(embeds.double(), dim=-1)
