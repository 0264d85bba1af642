"""A model as a step runs it: all that it computes is in one forward pass, as DistributedDataParallel needs it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from dcikit.encoders.dual_encoder import projected


class Towers(nn.Module):
    """The image tower once, and every text once.

    Args:
        model: the adapted model.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: dict[str, Tensor], texts: list[dict[str, Tensor]], order: Tensor) -> dict[str, Tensor]:
        """The features of a batch, and what makes logits of them.

        Args:
            pixels: of b crops.
            texts: t texts in parts, each padded by itself.
            order: (t,), of each text its place in all parts together.

        Returns:
            images (b, D) and texts (t, D), normalized; scale () and, of a sigmoid model, bias (1,).
        """
        read = [self.model.get_text_features(**part) for part in texts]
        features = self.seen(pixels) | {
            "texts": unit(torch.cat([projected(part) for part in read])[order]),
            "scale": self.model.logit_scale.exp(),
        }
        if hasattr(self.model, "logit_bias"):
            features["bias"] = self.model.logit_bias * 1  # DistributedDataParallel must not hand out a parameter itself
        return features

    def seen(self, pixels: dict[str, Tensor]) -> dict[str, Tensor]:
        """What the image tower makes of b crops: images (b, D), normalized."""
        return {"images": unit(projected(self.model.get_image_features(**pixels)))}


def unit(features: Tensor) -> Tensor:
    """Features at length 1; those of mixed precision precise enough for a loss."""
    return normalize(features.to(torch.promote_types(features.dtype, torch.float32)), dim=-1)
