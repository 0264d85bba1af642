"""Grounding once more, pixel by pixel (docs/protocol.md §13): what the product's numbers are compared with.

Every pixel is cut into h x w cells, so that no edge of a patch cuts one; then masks and maps are plain lists of cells.
"""

from __future__ import annotations

import numpy as np


def cells(mask: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The mask (H, W) as (H * h, W * w) cells."""
    return np.repeat(np.repeat(mask, grid[0], 0), grid[1], 1)


def score_cells(scores: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A map (h, w) as (h * H, w * W) cells."""
    return np.repeat(np.repeat(scores, size[0], 0), size[1], 1)


def slow_covered(mask: np.ndarray, grid: tuple[int, int]) -> list[list[int]]:
    fine = cells(mask, grid)
    height, width = mask.shape
    return [
        [int(fine[r * height : (r + 1) * height, c * width : (c + 1) * width].sum()) for c in range(grid[1])]
        for r in range(grid[0])
    ]


def slow_scores(scores: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """pointing, iou, ap of a map (h, w) and a mask (H, W)."""
    inside = cells(mask, scores.shape).ravel()
    of_cell = score_cells(scores, mask.shape).ravel()
    highest = inside[of_cell == of_cell.max()]
    area, left, overlap = int(inside.sum()), int(inside.sum()), 0.0
    precisions = 0.0
    for level in sorted(set(of_cell), reverse=True):
        here = inside[of_cell == level]
        taken = min(left, len(here))
        overlap += here.sum() * taken / len(here)  # of cells that score alike, an even share is taken
        left -= taken
        above = inside[of_cell >= level]
        precisions += here.sum() * above.sum() / len(above)
    return {
        "pointing": highest.sum() / len(highest),
        "iou": overlap / (2 * area - overlap),
        "ap": precisions / area,
    }


def slow_retrieval(maps: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean of each of n maps, (n, h, w), over the cells of a mask."""
    inside = cells(mask, maps.shape[1:])
    return np.array([score_cells(each, mask.shape)[inside].mean() for each in maps])
