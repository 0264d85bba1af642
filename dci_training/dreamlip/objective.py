"""Sentences of the long caption against images, and against their patches (DreamLIP, arXiv 2403.17007)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from dci_metric.preprocessor import Preprocessor

from ..collate import Collator
from ..gather import gathered
from ..objective import Logits, Objective, at_least_float32
from ..recipe import Recipe
from .long_captions import LongExample
from .losses import grouping_loss, multi_positive_loss
from .patches import patch_embeds


class LongCollator:
    """Batches of one process: as `Collator` makes them, with the weights (b, K, P) of the examples that have them."""

    def __init__(self, preprocessor: Preprocessor) -> None:
        self.collate = Collator(preprocessor, negatives=False)

    def __call__(self, examples: Sequence[LongExample]) -> dict[str, Any]:
        """The inputs of the model, `counts` (b,) and, with masks, `weights`."""
        inputs = self.collate(examples)
        del inputs["has_negative"]
        weights = [example.weights for example in examples if example.weights is not None]
        return {**inputs, "weights": torch.stack(weights)} if weights else inputs


class DreamLipObjective(Objective):
    """Every image against the k-th sub-captions of all images, and each sub-caption against patches of its image.

    The grouping loss has the model's own scale. With `grouping_weight` 0 the patches are not computed.
    """

    def __init__(self, recipe: Recipe, preprocessor: Preprocessor) -> None:
        super().__init__()
        self.recipe = recipe
        self.collate = LongCollator(preprocessor)

    def terms(self, model: Any, inputs: dict[str, Any]) -> dict[str, tuple[float, Tensor]]:
        counts, weights = inputs.pop("counts"), inputs.pop("weights", None)
        outputs = model(**inputs)
        own = gathered(counts)
        sub_captions = gathered(at_least_float32(outputs.text_embeds).unflatten(0, (len(counts), -1)))[own]
        logits = Logits(model)
        terms = {}
        if self.recipe.contrastive_weight:
            images = gathered(at_least_float32(outputs.image_embeds))[own]
            terms["multi_positive"] = (
                self.recipe.contrastive_weight,
                multi_positive_loss(logits(images, sub_captions)),
            )
        if self.recipe.grouping_weight:
            patches = gathered(patch_embeds(model, outputs.vision_model_output.last_hidden_state))[own]
            weights = None if weights is None else gathered(weights)[own]
            terms["grouping"] = (
                self.recipe.grouping_weight,
                grouping_loss(sub_captions, patches, logits.scale, weights),
            )
        return terms
