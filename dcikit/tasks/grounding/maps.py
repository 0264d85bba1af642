"""What a map is worth for a mask: pure functions (docs/protocol.md §13).

A map has a score for each of h x w patches, and stands for pixels: each has the score of its patch. How much of a mask
lies in each patch is known exactly. Where patches score alike, their pixels count evenly: a map of one score gets what
chance gets, not more by the order of its patches.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Grounded(NamedTuple):
    """How well a map finds a mask, from 0 to 1 each.

    Attributes:
        pointing: share of the mask in the pixels of the highest score.
        iou: intersection over union of the mask and as many pixels, those that score highest.
        ap: average precision of the pixels: the mean, over the mask's pixels, of the mask's share of all pixels that
            score as high as that one or higher.
    """

    pointing: float
    iou: float
    ap: float


def grounded(scores: Tensor, covered: Tensor, patch: int) -> Grounded:
    """Judges a map.

    >>> half_of_one_and_all_of_another = torch.tensor([[0, 2, 4]])
    >>> grounded(torch.tensor([[0.1, 0.9, 0.5]]), half_of_one_and_all_of_another, patch=4)
    Grounded(pointing=0.5, iou=0.5, ap=0.6666666666666666)

    Args:
        scores: (h, w).
        covered: (h, w) area of the mask in each patch, whole numbers; not 0 everywhere.
        patch: area of a patch in the same units.
    """
    levels, of_patch = scores.flatten().unique(return_inverse=True)
    counts = torch.zeros(2, len(levels), dtype=torch.int64)
    counts[0].index_add_(0, of_patch, torch.full_like(of_patch, patch))
    counts[1].index_add_(0, of_patch, covered.flatten())
    size, inside = counts.flip(1)  # pixels of each score, the highest first, and those of them in the mask
    mask = covered.sum()
    taken = torch.minimum((mask - size.cumsum(0) + size).clamp(min=0), size)
    overlap = (inside * (taken / size.double())).sum()
    precision = inside.cumsum(0) / size.cumsum(0).double()
    return Grounded(
        pointing=(inside[0] / size[0].double()).item(),
        iou=(overlap / (2 * mask - overlap)).item(),
        ap=(inside / mask.double() * precision).sum().item(),
    )


def by_chance(covered: Tensor, patch: int) -> Grounded:
    """What a map of one score gets: the share of the mask in all pixels, and for IoU what follows from it."""
    return grounded(torch.zeros(covered.shape), covered, patch)


def centre_prior(grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """(h, w): the closer the middle of a patch is to the middle of the map, the higher.

    Args:
        grid: h and w.
        size: height and width of what the map covers, in any unit.
    """
    (rows, columns), (height, width) = grid, size
    y = (2 * torch.arange(rows).double() + 1 - rows) * height * columns
    x = (2 * torch.arange(columns).double() + 1 - columns) * width * rows
    return -(y.square()[:, None] + x.square())


def mean_inside(maps: Tensor, covered: Tensor) -> Tensor:
    """(n,): the mean of each of n maps, (n, h, w), over the pixels of a mask."""
    return (maps * covered).sum((1, 2)) / covered.sum()
