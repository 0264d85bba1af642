"""SCLIP (arXiv 2312.01597): in the last block tokens attend to those with like queries, and to those with like keys."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .heads import attended, similarity, split


def sclip(block: Any, before: Tensor, after: Tensor, grid: tuple[int, int]) -> Tensor:
    attention, normed = block.self_attn, block.layer_norm1(before)
    queries, keys = (similarity(split(attention, project(normed))) for project in (attention.q_proj, attention.k_proj))
    tokens = before + attended(attention, queries.softmax(-1) + keys.softmax(-1), normed)
    return tokens + block.mlp(block.layer_norm2(tokens))
