"""Where a model is asked for masks: a grid, and points on and around edges."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .canny import canny_edges

BORDER = 10
"""Pixels that edge points stay away from the photo's border."""

APART = 12
"""Half the side of the square around an edge point in which no other one is chosen."""

AROUND = 8
"""Points beside each edge point."""

JITTER = 35
"""Side of the square, centred on the edge point, that these lie in."""


def grid_points(size: tuple[int, int], per_side: int) -> np.ndarray:
    """(per_side², 2) x and y: the centres of equal cells, row by row."""
    centres = (np.arange(per_side) + 0.5) / per_side
    x, y = np.meshgrid(centres * size[0], centres * size[1])
    return np.stack([x.ravel(), y.ravel()], axis=1)


def edge_points(photo: Image.Image, seed: int) -> np.ndarray:
    """(N, 2) x and y of points on the edges of an RGB photo, each followed by points around it.

    Edge pixels are taken in random order; each one clears the square around it. As in the preparation of DCI, but for
    two things: the order comes from `seed`, and x and y are each kept inside the photo by its own side.
    """
    edges = canny_edges(photo)
    height, width = edges.shape
    limits = (width - BORDER, height - BORDER)
    random = np.random.default_rng(seed)
    rows, columns = np.nonzero(edges)
    inside = (columns >= BORDER) & (columns <= limits[0]) & (rows >= BORDER) & (rows <= limits[1])
    candidates = random.permutation(np.stack([columns, rows], axis=1)[inside])
    found: list[np.ndarray] = []
    for x, y in candidates.tolist():
        if edges[y, x]:
            beside = np.array([x, y]) + random.uniform(-JITTER / 2, JITTER / 2, (AROUND, 2))
            found += [np.array([[x, y]]), np.clip(beside, BORDER, limits).astype(int)]
            edges[max(y - APART, 0) : y + APART, max(x - APART, 0) : x + APART] = False
    return np.concatenate(found).astype(float) if found else np.zeros((0, 2))
