"""What a recipe trains on, and by which loss."""

from __future__ import annotations

from typing import Any

from dcikit.encoders.encoder import Encoder

from .crops import Crops
from .dreamlip.long_captions import LongCaptions
from .dreamlip.objective import DreamLipObjective
from .dreamlip.patches import patch_grid
from .long_clip.objective import LongClipObjective
from .long_clip.positions import longer
from .long_clip.texts import LongTexts
from .objective import Objective, RegionObjective
from .recipe import Recipe
from .regions import TrainingRegions

TEXTS_ON_CPU = 16
"""Texts that are padded together: a CPU pays for every padding token, a GPU rather for every batch."""


def examples_and_objective(recipe: Recipe, rows: Any, encoder: Encoder) -> tuple[Any, Objective]:
    """The map-style dataset of a recipe, and its objective.

    Args:
        recipe: how it is trained.
        rows: of the recipe's `data_config`.
        encoder: the model.

    Raises:
        ValueError: if the rows do not fit.
    """
    preprocessor = encoder.preprocessor
    crops = Crops(preprocessor)
    on_cpu = encoder.device.type == "cpu"
    part = min(filter(None, [recipe.chunk_size, on_cpu * TEXTS_ON_CPU]), default=None)
    if recipe.objective == "dreamlip":
        return (
            LongCaptions(
                rows,
                crops,
                sub_captions=recipe.sub_captions,
                masks=recipe.masks and recipe.grouping_weight > 0,
                patch_grid=patch_grid(encoder.model),
                seed=recipe.seed,
            ),
            DreamLipObjective(recipe, preprocessor, part),
        )
    if recipe.objective == "long-clip":
        return LongTexts(rows, crops), LongClipObjective(recipe, longer(preprocessor), part)
    regions = TrainingRegions(
        rows,
        crops,
        captions=recipe.captions,
        repeat_captions=recipe.repeat_captions,
        negatives=recipe.negatives if recipe.negatives_weight else None,
        negatives_choice=recipe.negatives_choice,
        regions=recipe.regions,
        whole_image_rule=recipe.whole_image_rule,
        seed=recipe.seed,
    )
    return regions, RegionObjective(recipe, preprocessor, part)
