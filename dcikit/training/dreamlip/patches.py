"""The patches of a CLIP's image tower, in the space of its embeddings."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..towers import Towers, unit
from .view import Grid


def patch_grid(model: Any) -> Grid:
    """Rows and columns of the patches that a model sees."""
    vision = model.config.vision_config
    side = vision.image_size // vision.patch_size
    return side, side


class PatchTowers(Towers):
    """Towers whose features have patches (b, P, D) too: they go through the last layer norm and the projection, as the
    class token does, and are normalized.

    Args:
        model: with `vision_model.post_layernorm` and `visual_projection`.
    """

    def seen(self, pixels: dict[str, Tensor]) -> dict[str, Tensor]:
        outputs = self.model.vision_model(**pixels)
        patches = self.model.vision_model.post_layernorm(outputs.last_hidden_state[:, 1:])
        return {
            "images": unit(self.model.visual_projection(outputs.pooler_output)),
            "patches": unit(self.model.visual_projection(patches)),
        }
