"""Which regions of a group are right: pure functions on scores (docs/protocol.md §5).

Scores of a group of G regions with n captions each are a tensor (G, G, n): `scores[i, j, c]` is the score of
subcrop i with caption c of region j. Any positive scale gives the same answers.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Choices(NamedTuple):
    """What each region of a group chose.

    Attributes:
        own: (G,) score of its own.
        rival: (G,) highest score of the others; -inf in a group of one.
        chosen: (G,) place of the first maximum.
        correct: (G,) whether that is its own.
    """

    own: Tensor
    rival: Tensor
    chosen: Tensor
    correct: Tensor

    @property
    def tied(self) -> Tensor:
        """(G,) whether another one scores exactly as high as its own."""
        return self.own == self.rival


def match_captions(scores: Tensor) -> Choices:
    """Subcrop-caption matching (SCM): does each subcrop choose its own caption?

    A subcrop's score with its own captions is their minimum, with those of another region their maximum. It is right
    if its own is the first maximum of the row.

    Args:
        scores: (G, G, n).
    """
    own = torch.eye(len(scores), dtype=torch.bool)
    return _choices(torch.where(own, scores.amin(-1), scores.amax(-1)))


def match_subcrops(scores: Tensor) -> Choices:
    """The same group read the other way: does each caption choose its own subcrop?

    A caption is right if its own subcrop is the first maximum of its column; a region if all its captions are. What
    is returned of a region is its worst caption.

    Args:
        scores: (G, G, n).
    """
    own, rival, chosen, correct = map(
        torch.stack, zip(*(_choices(column.T) for column in scores.unbind(-1)), strict=True)
    )
    # A wrong caption has a margin of at most 0, a right one of at least 0: of equal margins, show the wrong one.
    worst = (own - rival - (~correct).to(own.dtype)).argmin(0, keepdim=True)
    own, rival, chosen = (each.gather(0, worst)[0] for each in (own, rival, chosen))
    return Choices(own, rival, chosen, correct.all(0))


def beats_negative(own: Tensor, negative: Tensor) -> bool:
    """Is the lowest score of a region's captions, (n,), strictly greater than its negative's, ()?"""
    return bool(own.min() > negative)


def _choices(scores: Tensor) -> Choices:
    """Of a square matrix, whose diagonal is each row's own."""
    chosen = scores.argmax(1)
    others = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), -torch.inf)
    return Choices(scores.diagonal(), others.amax(1), chosen, chosen == torch.arange(len(scores)))
