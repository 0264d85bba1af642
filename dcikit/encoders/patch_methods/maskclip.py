"""MaskCLIP (arXiv 2112.01071): in the last block every token attends to itself alone, so its value stays in place."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def maskclip(block: Any, before: Tensor, after: Tensor, grid: tuple[int, int]) -> Tensor:
    attention = block.self_attn
    tokens = before + attention.out_proj(attention.v_proj(block.layer_norm1(before)))
    return tokens + block.mlp(block.layer_norm2(tokens))
