"""The tokens of the last block as they are: what CLIP (arXiv 2103.00020) itself knows of its patches."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def last_block(block: Any, before: Tensor, after: Tensor, grid: tuple[int, int]) -> Tensor:
    return after
