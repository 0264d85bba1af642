"""Long captions against images, short ones against the images' principal components (arXiv 2403.15378)."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from dcikit.encoders.preprocessor import Preprocessor

from ..collate import Collator
from ..gather import gathered
from ..losses import contrastive_loss
from ..objective import Objective, logits
from ..recipe import Recipe
from ..towers import Towers
from .losses import principal_features


class LongClipObjective(Objective):
    """Two contrastive losses of equal weight, over examples whose captions are a long and a short text.

    Args:
        recipe: its `image_components` and `label_smoothing_factor`.
        preprocessor: with the longer context.
        part: see `Collator`.
    """

    def __init__(self, recipe: Recipe, preprocessor: Preprocessor, part: int | None = None) -> None:
        super().__init__()
        self.recipe = recipe
        self.towers = partial(Towers, chunk_size=recipe.chunk_size)
        self.collate = Collator(preprocessor, False, part)

    def terms(self, towers: Any, inputs: dict[str, Any]) -> dict[str, tuple[float, Tensor]]:
        counts = inputs.pop("counts")
        del inputs["has_negative"]
        features = towers(**inputs)
        own = gathered(counts)
        images = gathered(features["images"])[own]
        long, short = gathered(features["texts"].unflatten(0, (len(counts), 2)))[own].unbind(1)
        coarse = principal_features(images, self.recipe.image_components)
        smoothing = self.recipe.label_smoothing_factor
        return {
            "long": (1.0, contrastive_loss(logits(features, images, long[:, None]), label_smoothing=smoothing)),
            "short": (1.0, contrastive_loss(logits(features, coarse, short[:, None]), label_smoothing=smoothing)),
        }
