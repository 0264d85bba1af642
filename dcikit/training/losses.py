"""The losses of sDCI fine-tuning, on matrices of logits (docs/protocol.md §7)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid

from dcikit.schema.errors import ArgumentError

POOLS = ("mean", "hardest", "max")
"""How several captions, or negatives, of one region make one score."""


def contrastive_loss(logits_per_image: Tensor, pool: str = "mean", label_smoothing: float = 0.0) -> Tensor:
    """Mean of the row-wise and the column-wise cross-entropy against the diagonal.

    Args:
        logits_per_image: (B, n*B), n captions a region, columns grouped by region.
        pool: `mean` averages every group of n columns; `hardest` takes the maximum of other regions' groups and the
            minimum of the own; `max` takes the maximum of every group.
        label_smoothing: of the target, this share is spread evenly over all B.

    Raises:
        ArgumentError: if the pool is unknown, or the columns are no whole groups.
    """
    pooled = _pooled(logits_per_image, pool)
    own = torch.arange(len(pooled), device=pooled.device)
    rows, columns = (cross_entropy(each, own, label_smoothing=label_smoothing) for each in (pooled, pooled.T))
    return (rows + columns) / 2


def sigmoid_loss(logits_per_image: Tensor, pool: str = "mean") -> Tensor:
    """The loss of SigLIP (arXiv 2303.15343): each pair by itself is true or false; the sum over pairs, per image.

    Args:
        logits_per_image: (B, n*B), the model's bias added.
        pool: as for `contrastive_loss`.

    Raises:
        ArgumentError: as `contrastive_loss`.
    """
    pooled = _pooled(logits_per_image, pool)
    sign = 2 * torch.eye(len(pooled), dtype=pooled.dtype, device=pooled.device) - 1
    return -logsigmoid(sign * pooled).sum() / len(pooled)


def negatives_loss(logits_per_image: Tensor, negative_logits_per_image: Tensor, pool: str = "mean") -> Tensor:
    """Binary cross-entropy of [own score, own negative's score] against [1, 0], mean over the (B, 2) matrix.

    Args:
        logits_per_image: (B, n*B), n captions a region, columns grouped by region.
        negative_logits_per_image: (B, m*B), m negatives a region, grouped alike.
        pool: of a region's own captions and own negatives: with `mean` the mean of both, with `hardest` and `max` the
            minimum of the captions and the maximum of the negatives.

    Raises:
        ArgumentError: as `contrastive_loss`.
    """
    _check_pool(pool)
    captions, negatives = (_own_groups(logits) for logits in (logits_per_image, negative_logits_per_image))
    if pool == "mean":
        scores = torch.stack([captions.mean(1), negatives.mean(1)], 1)
    else:
        scores = torch.stack([captions.amin(1), negatives.amax(1)], 1)
    return binary_cross_entropy_with_logits(scores, scores.new_tensor([1.0, 0.0]).expand_as(scores))


def _pooled(logits: Tensor, pool: str) -> Tensor:
    """(B, n*B) -> (B, B)."""
    _check_pool(pool)
    groups = _groups(logits)
    if pool == "mean":
        return groups.mean(2)
    if pool == "max":
        return groups.amax(2)
    own = torch.eye(len(groups), dtype=torch.bool, device=groups.device)
    return torch.where(own, groups.amin(2), groups.amax(2))


def _own_groups(logits: Tensor) -> Tensor:
    """(B, n*B) -> the (B, n) on the diagonal."""
    return _groups(logits).diagonal().T


def _groups(logits: Tensor) -> Tensor:
    """(B, n*B) -> (B, B, n)."""
    if logits.ndim != 2 or logits.shape[1] == 0 or logits.shape[1] % logits.shape[0]:
        raise ArgumentError(f"logits must be (B, n*B), got {tuple(logits.shape)}")
    return logits.view(len(logits), len(logits), -1)


def _check_pool(pool: str) -> None:
    if pool not in POOLS:
        raise ArgumentError(f"`pool` must be one of {', '.join(POOLS)}, got {pool!r}")
