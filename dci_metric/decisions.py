"""Which entries of a group are right: pure functions on scores (PROTOCOL §5).

Scores of a group of G entries with n captions each are a tensor (G, G, n): `scores[i, j, c]` is the score of
subcrop i with caption c of entry j. Any positive scale gives the same answers.
"""

from __future__ import annotations

import torch
from torch import Tensor


def match_captions(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Subcrop-caption matching (SCM): does each subcrop choose its own caption?

    A subcrop's score with its own captions is their minimum, with those of another entry their maximum. It is right
    if its own is the first maximum of the row.

    Args:
        scores: (G, G, n).

    Returns:
        (correct, tied), bool tensors (G,); tied: another entry scores exactly as high as its own.
    """
    own = torch.eye(len(scores), dtype=torch.bool)
    pooled = torch.where(own, scores.amin(-1), scores.amax(-1))
    return _first_maximum(pooled)


def match_subcrops(scores: Tensor) -> tuple[Tensor, Tensor]:
    """The same group read the other way: does each caption choose its own subcrop?

    A caption is right if its own subcrop is the first maximum of its column; an entry if all its captions are.

    Args:
        scores: (G, G, n).

    Returns:
        (correct, tied), bool tensors (G,); tied: any of its captions scores exactly as high with another subcrop.
    """
    correct, tied = zip(*(_first_maximum(column.T) for column in scores.unbind(-1)), strict=True)
    return torch.stack(correct).all(0), torch.stack(tied).any(0)


def beats_negative(own: Tensor, negative: Tensor) -> tuple[bool, bool]:
    """Is the lowest score of an entry's captions strictly greater than its negative's?

    Args:
        own: (n,) scores of a subcrop with its own captions.
        negative: () its score with the negative.

    Returns:
        (correct, tied).
    """
    lowest = own.min()
    return bool(lowest > negative), bool(lowest == negative)


def _first_maximum(scores: Tensor) -> tuple[Tensor, Tensor]:
    """For a square matrix, whether the diagonal is the first maximum of each row, and whether others equal it."""
    own = scores.diagonal()
    correct = scores.argmax(1) == torch.arange(len(scores))
    tied = (scores == own[:, None]).sum(1) > 1
    return correct, tied
