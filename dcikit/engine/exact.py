"""Embeddings on a grid, whose cosines do not depend on blocks, threads or the device."""

from __future__ import annotations

import torch
from torch import Tensor

GRID = 2.0**26
"""Components of the normalised embeddings are rounded to multiples of 1 / GRID, a part of float32's own error.

Products are then multiples of 2**-52 and sums below 2 of them are exact in float64, in whatever order they are summed.
"""

_ROWS = 4096
"""Embeddings that are normalised at once."""


def exact_unit(embeds: Tensor, name: str) -> Tensor:
    """The embeddings (N, D) at length 1, on the grid, in float32; their products are exact in float64.

    Args:
        name: of the argument, for errors.

    Raises:
        ValueError: if one holds NaN or infinity.
    """
    unit = torch.empty(embeds.shape, dtype=torch.float32, device=embeds.device)
    for start in range(0, len(embeds), _ROWS):
        part = embeds[start : start + _ROWS].detach().double()
        wrong = (~part.isfinite().all(1)).nonzero()
        if len(wrong):
            raise ValueError(f"row {start + int(wrong[0])} of `{name}` holds NaN or infinity; try the model in float32")
        length = part.norm(dim=1, keepdim=True).clamp_min(torch.finfo(part.dtype).tiny)
        # Above 1/4 float32 is coarser than the grid, and holds multiples of it only.
        unit[start : start + _ROWS] = (part / length * GRID).round() / GRID
    return unit
