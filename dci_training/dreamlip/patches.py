"""The patches of a CLIP's image tower, in the space of its embeddings."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import normalize

from .view import Grid


def patch_grid(model: Any) -> Grid:
    """Rows and columns of the patches that a model sees."""
    vision = model.config.vision_config
    side = vision.image_size // vision.patch_size
    return side, side


def patch_embeds(model: Any, hidden: Tensor) -> Tensor:
    """The patches as `image_embeds` has the class token: through the last layer norm and the projection, normalized.

    Args:
        model: with `vision_model.post_layernorm` and `visual_projection`, also in PEFT or DistributedDataParallel.
        hidden: (B, 1 + P, H), the `last_hidden_state` of its vision model, the class token first.

    Returns:
        (B, P, D).
    """
    inner = getattr(model, "module", model)  # of DistributedDataParallel
    tokens = inner.vision_model.post_layernorm(hidden[:, 1:])
    return normalize(inner.visual_projection(tokens).float(), dim=-1)
