"""What one step computes of a model: features of all processes -> the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dcikit.encoders.preprocessor import Preprocessor

from .collate import Collator
from .gather import gathered
from .losses import contrastive_loss, negatives_loss, sigmoid_loss
from .recipe import Recipe
from .towers import Towers


class Objective(ABC):
    """A loss, with the batches that it needs.

    Attributes:
        towers: model -> how it is run.
        collate: examples -> inputs of `loss`.
    """

    towers: Callable[[Any], Towers]
    collate: Any

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._steps = 0

    @abstractmethod
    def terms(self, towers: Any, inputs: dict[str, Any]) -> dict[str, tuple[float, Tensor]]:
        """The terms of the loss of the global batch: name -> its weight and itself."""

    def loss(self, towers: Any, inputs: dict[str, Any]) -> Tensor:
        """The weighted sum of the terms, (), with gradient.

        Raises:
            ValueError: if it is not a number.
        """
        terms = self.terms(towers, inputs)
        total = torch.stack([weight * term for weight, term in terms.values()]).sum()
        if not total.isfinite():
            raise ValueError("the loss is no longer a finite number; use a lower learning_rate, or bf16=false")
        for name, (_, term) in terms.items():  # read when they are asked for: a GPU would wait for each
            self._sums[name] = self._sums.get(name, 0) + term.detach()
        self._steps += 1
        return total

    def means(self) -> dict[str, float]:
        """The mean of each term since the last call."""
        means = {f"{name}_loss": value.item() / self._steps for name, value in self._sums.items()}
        self._sums.clear()
        self._steps = 0
        return means


class RegionObjective(Objective):
    """Regions against each other, and against their negatives (docs/protocol.md §7)."""

    def __init__(self, recipe: Recipe, preprocessor: Preprocessor, part: int | None = None) -> None:
        super().__init__()
        self.recipe = recipe
        self.towers = partial(Towers, chunk_size=recipe.chunk_size)
        self.collate = Collator(preprocessor, recipe.negatives_weight > 0, part)
        smooth = partial(contrastive_loss, label_smoothing=recipe.label_smoothing_factor)
        self.matching: Callable[..., Tensor] = sigmoid_loss if recipe.objective == "sigmoid" else smooth

    def terms(self, towers: Any, inputs: dict[str, Any]) -> dict[str, tuple[float, Tensor]]:
        counts, has_negative = inputs.pop("counts"), inputs.pop("has_negative")
        features = towers(**inputs)
        n_negatives = len(counts) if self.collate.negatives else 0
        texts = features["texts"]
        captions, negatives = texts.split([len(texts) - n_negatives, n_negatives])
        own = gathered(counts)
        images = gathered(features["images"])[own]
        captions = gathered(captions.unflatten(0, (len(counts), -1)))[own]
        terms = {}
        if self.recipe.contrastive_weight:
            matching = self.matching(logits(features, images, captions), self.recipe.pool)
            terms["contrastive"] = (self.recipe.contrastive_weight, matching)
        if n_negatives:
            negatives = gathered(negatives)[own]
            has = gathered(has_negative)[own]
            # Without any negative in the batch the term is 0, but the graph is the same on all processes.
            against = negatives.sum() * 0
            if has.any():
                against = negatives_loss(
                    logits(features, images[has], captions[has]),
                    logits(features, images[has], negatives[has, None]),
                    self.recipe.pool,
                )
            terms["negatives"] = (self.recipe.negatives_weight, against)
        return terms


def logits(features: dict[str, Tensor], images: Tensor, texts: Tensor) -> Tensor:
    """logits_per_image (B, n*B) of images (B, D) and texts (B, n, D), by the scale and bias among `features`."""
    return features["scale"] * images @ texts.flatten(0, 1).T + features.get("bias", 0.0)
