"""Attention of a block's heads with weights of one's own."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def split(attention: Any, states: Tensor) -> Tensor:
    """(B, N, D) -> (B, heads, N, D / heads)."""
    return states.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)


def similarity(states: Tensor) -> Tensor:
    """(B, heads, N, d) -> (B, heads, N, N), scaled as attention scales it."""
    return states @ states.transpose(-1, -2) * states.shape[-1] ** -0.5


def attended(attention: Any, weights: Tensor, normed: Tensor) -> Tensor:
    """Of weights (B, heads, N, N) and states (B, N, D) after the block's first norm: what its attention gives."""
    values = split(attention, attention.v_proj(normed))
    return attention.out_proj((weights @ values).transpose(1, 2).flatten(-2))
