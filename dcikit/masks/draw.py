"""Logits of the decoder -> a mask of the photo's size, a strip at a time and only where the mask is."""

from __future__ import annotations

import numpy as np
import torch

from .bit_mask import BitMask, union
from .sam import EmbeddedPhoto

_STRIP = 1 << 22
"""Pixels that are drawn at a time."""


def draw_mask(photo: EmbeddedPhoto, logits: torch.Tensor, offset: float) -> tuple[BitMask | None, float]:
    """Scales the logits (h, w) of one mask to its photo.

    Args:
        offset: for the stability score, the share of the pixels above `-offset` that are above `offset` (SAM's paper).

    Returns:
        The pixels above 0 and the stability score; None if there are none.
    """
    width, height = photo.size
    rows, columns = photo.axes((logits.shape[0], logits.shape[1]))
    # Linear weights are positive and sum to 1: where all cells are at most -offset, every pixel is too.
    counted = logits > -offset
    down = _reach(rows, counted.any(1))
    across = _reach(columns, counted.any(0))
    if down is None or across is None:
        return None, 0.0
    (top, bottom, first_row, last_row), (left, right, first, last) = down, across
    before = left % 64  # packed bits begin at a word; no cell that these columns need is among those taken
    inner = logits[first_row:last_row, first:last] @ columns[left:right, first:last].T
    strip = max(_STRIP // (right - left), 1)
    drawn: list[BitMask] = []
    inside = around = 0
    for y in range(top, bottom, strip):
        pixels = rows[y : min(y + strip, bottom), first_row:last_row] @ inner
        inside += int((pixels > offset).sum())
        around += int((pixels > -offset).sum())
        inner_mask = np.pad((pixels > 0).cpu().numpy(), ((0, 0), (before, 0)))
        drawn.append(BitMask.pack(inner_mask, (left - before, y), (width, height)))
    mask = union(drawn)
    return (mask, inside / around) if mask.area else (None, 0.0)


def _reach(weights: torch.Tensor, cells: torch.Tensor) -> tuple[int, int, int, int] | None:
    """First and end of the pixels that some of the cells reach, and of all cells that reach these; None: none do."""
    pixels = (weights[:, cells] > 0).any(1).nonzero().flatten()
    if not len(pixels):
        return None
    top, bottom = int(pixels[0]), int(pixels[-1]) + 1
    around = (weights[top:bottom] > 0).any(0).nonzero().flatten()
    return top, bottom, int(around[0]), int(around[-1]) + 1
