"""A model as a step runs it: all that it computes is in one forward pass, as DistributedDataParallel needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from dcikit.encoders.dual_encoder import projected

Inputs = dict[str, Tensor]
Features = dict[str, Tensor]


class Towers(nn.Module):
    """The image tower once, and every text once.

    Args:
        model: the adapted model.
        chunk_size: crops that are encoded at a time, 0: all. Of a chunk only the features are kept; the backward pass
            encodes it again, so the gradients of the whole batch take the memory of one chunk (arXiv 2101.06983).
    """

    def __init__(self, model: Any, chunk_size: int = 0) -> None:
        super().__init__()
        self.model = model
        self.chunk_size = chunk_size

    def forward(self, pixels: Inputs, texts: list[Inputs], order: Tensor) -> Features:
        """The features of a batch, and what makes logits of them.

        Args:
            pixels: of b crops.
            texts: t texts in parts, each padded by itself; with `chunk_size` a part is a chunk.
            order: (t,), of each text its place in all parts together.

        Returns:
            images (b, D) and texts (t, D), normalized; scale () and, of a sigmoid model, bias (1,).
        """
        read = [self._encoded(self.read, part)["texts"] for part in texts]
        seen = [self._encoded(self.seen, part) for part in self._chunks(pixels)]
        features = {name: torch.cat([part[name] for part in seen]) for name in seen[0]}
        features |= {"texts": torch.cat(read)[order], "scale": self.model.logit_scale.exp()}
        if hasattr(self.model, "logit_bias"):
            features["bias"] = self.model.logit_bias * 1  # DistributedDataParallel must not hand out a parameter itself
        return features

    def seen(self, pixels: Inputs) -> Features:
        """What the image tower makes of b crops: images (b, D), normalized."""
        return {"images": unit(projected(self.model.get_image_features(**pixels)))}

    def read(self, texts: Inputs) -> Features:
        """What the text tower makes of t texts: texts (t, D), normalized."""
        return {"texts": unit(projected(self.model.get_text_features(**texts)))}

    def _chunks(self, pixels: Inputs) -> list[Inputs]:
        if not self.chunk_size:
            return [pixels]
        parts = {name: each.split(self.chunk_size) for name, each in pixels.items()}
        return [dict(zip(parts, chunk, strict=True)) for chunk in zip(*parts.values(), strict=True)]

    def _encoded(self, tower: Callable[[Inputs], Features], inputs: Inputs) -> Features:
        if not self.chunk_size:
            return tower(inputs)
        return checkpoint(tower, inputs, use_reentrant=False)


def unit(features: Tensor) -> Tensor:
    """Features at length 1; those of mixed precision precise enough for a loss."""
    return normalize(features.to(torch.promote_types(features.dtype, torch.float32)), dim=-1)
