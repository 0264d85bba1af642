"""Sentences of the long caption against images, and against their patches (DreamLIP, arXiv 2403.17007)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dcikit.encoders.preprocessor import Preprocessor

from ..collate import Collator
from ..gather import gathered
from ..objective import Objective, logits
from ..recipe import Recipe
from ..towers import Towers
from .long_captions import LongExample
from .losses import grouping_loss, multi_positive_loss
from .patches import PatchTowers


class LongCollator:
    """Batches of one process: as `Collator` makes them, with the weights (b, K, P) of the examples that have them."""

    def __init__(self, preprocessor: Preprocessor, part: int | None) -> None:
        self.collate = Collator(preprocessor, False, part)

    def __call__(self, examples: Sequence[LongExample]) -> dict[str, Any]:
        """The inputs of the model, `counts` (b,) and, with masks, `weights`."""
        inputs = self.collate(examples)
        del inputs["has_negative"]
        weights = [example.weights for example in examples if example.weights is not None]
        return {**inputs, "weights": torch.stack(weights)} if weights else inputs


class DreamLipObjective(Objective):
    """Every image against the k-th sub-captions of all images, and each sub-caption against patches of its image.

    The grouping loss is the paper's, with the model's own scale; the released code computes another one
    (docs/training.md). With `grouping_weight` 0 the patches are not computed.
    """

    def __init__(self, recipe: Recipe, preprocessor: Preprocessor, part: int | None = None) -> None:
        super().__init__()
        self.recipe = recipe
        self.towers = partial(PatchTowers if recipe.grouping_weight else Towers, chunk_size=recipe.chunk_size)
        self.collate = LongCollator(preprocessor, part)

    def terms(self, towers: Any, inputs: dict[str, Any]) -> dict[str, tuple[float, Tensor]]:
        counts, weights = inputs.pop("counts"), inputs.pop("weights", None)
        features = towers(**inputs)
        own = gathered(counts)
        sub_captions = gathered(features["texts"].unflatten(0, (len(counts), -1)))[own]
        terms = {}
        if self.recipe.contrastive_weight:
            images = gathered(features["images"])[own]
            matching = multi_positive_loss(logits(features, images, sub_captions))
            terms["multi_positive"] = (self.recipe.contrastive_weight, matching)
        if self.recipe.grouping_weight:
            patches = gathered(features["patches"])[own]
            weights = None if weights is None else gathered(weights)[own]
            grouping = grouping_loss(sub_captions, patches, features["scale"], weights, self.recipe.grouping_threshold)
            terms["grouping"] = (self.recipe.grouping_weight, grouping)
        return terms
