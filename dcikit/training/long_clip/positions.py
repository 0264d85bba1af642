"""A CLIP's positions of texts, stretched from 77 to 248 so that what it knows is kept (Long-CLIP, arXiv 2403.15378)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.preprocessor import Preprocessor

KEPT = 20
"""First positions, which are well trained: they are kept as they are, and frozen."""

_FACTOR = 4
"""New positions for each of the others."""


def stretched(positions: Tensor) -> Tensor:
    """Position embeddings of a longer context.

    The first 20 rows p stay. Of the others, row 20 + 4i + j is (1 - j/4) p[20 + i] + (j/4) p[21 + i]; behind the last
    row p[n - 1], which has no next one, it goes on as between the last two: p[n - 1] + (j/4) (p[n - 1] - p[n - 2]).

    Args:
        positions: (n, D), of which n - 20 at least 2.

    Returns:
        (20 + 4 (n - 20), D), such as 248 of 77.
    """
    rest = positions[KEPT:]
    after = torch.cat([rest[1:], (2 * rest[-1] - rest[-2])[None]])
    share = torch.arange(_FACTOR, dtype=positions.dtype, device=positions.device)[:, None] / _FACTOR
    between = (1 - share) * rest[:, None] + share * after[:, None]
    return torch.cat([positions[:KEPT], between.flatten(0, 1)])


def longer(preprocessor: Preprocessor) -> Preprocessor:
    """The preprocessor of a model whose positions are stretched."""
    context = KEPT + _FACTOR * (preprocessor.context - KEPT)
    tokenizer = deepcopy(preprocessor.tokenizer)
    tokenizer.model_max_length = context
    return Preprocessor(preprocessor.image_processor, tokenizer, context, preprocessor.pad_to_context)


def lengthen(encoder: Encoder) -> None:
    """Gives a CLIP the longer context, in place; its first positions are frozen until `unfreeze`."""
    encoder.preprocessor = longer(encoder.preprocessor)
    encoder.context = encoder.preprocessor.context
    embeddings = encoder.model.text_model.embeddings
    weight = stretched(embeddings.position_embedding.weight.detach())
    embeddings.position_embedding = nn.Embedding.from_pretrained(weight, freeze=False)
    embeddings.position_ids = torch.arange(len(weight), device=weight.device)[None]
    encoder.model.config.text_config.max_position_embeddings = len(weight)
    parametrize.register_parametrization(embeddings.position_embedding, "weight", _FirstKept(weight[:KEPT].clone()))


def unfreeze(model: Any) -> Any:
    """The model with plain positions again, ready to be saved."""
    parametrize.remove_parametrizations(model.text_model.embeddings.position_embedding, "weight")
    return model


class _FirstKept(nn.Module):
    """Positions whose first rows neither a gradient nor weight decay can move."""

    first: Tensor

    def __init__(self, first: Tensor) -> None:
        super().__init__()
        self.register_buffer("first", first)

    def forward(self, weight: Tensor) -> Tensor:
        return torch.cat([self.first, weight[len(self.first) :]])
