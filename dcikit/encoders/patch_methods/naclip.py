"""NACLIP (arXiv 2404.08181): in the last block tokens attend to those with like keys, above all to their neighbours.

The block's residual connections and its feed-forward network are dropped.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .heads import attended, similarity, split

STD = 5.0
"""Of the Gaussian around a patch, in patches."""


def naclip(block: Any, before: Tensor, after: Tensor, grid: tuple[int, int]) -> Tensor:
    attention, normed = block.self_attn, block.layer_norm1(before)
    scores = similarity(split(attention, attention.k_proj(normed)))
    patches = grid[0] * grid[1]
    scores[..., -patches:, -patches:] += neighbourhood(grid).to(scores)
    return attended(attention, scores.softmax(-1), normed)


def neighbourhood(grid: tuple[int, int]) -> Tensor:
    """(h * w, h * w): a Gaussian of the distance of each two patches, 1 at its peak."""
    places = torch.cartesian_prod(torch.arange(grid[0]), torch.arange(grid[1])).float()
    return torch.exp(-torch.cdist(places, places).square() / (2 * STD**2))
