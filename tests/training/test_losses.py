"""The losses and their gradients against a slow reading of docs/protocol.md §7, in plain floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from support.slow_losses import slow_contrastive, slow_negatives, slow_sigmoid

from dcikit.training import contrastive_loss, negatives_loss, sigmoid_loss

Matrix = list[list[float]]
POOLS = ["mean", "hardest", "max"]


def check(fast: Callable[..., Any], slow: Callable[..., float], *matrices: torch.Tensor) -> None:
    """Value and gradient agree."""
    inputs = [matrix.clone().requires_grad_() for matrix in matrices]
    loss = fast(*inputs)
    assert loss.shape == ()
    lists = [matrix.tolist() for matrix in matrices]
    assert loss.item() == pytest.approx(slow(*lists), rel=1e-12)
    loss.backward()
    step = 1e-6
    for matrix, given in zip(lists, inputs, strict=True):
        for i, row in enumerate(matrix):
            for j, value in enumerate(row):
                row[j] = value + step
                above = slow(*lists)
                row[j] = value - step
                below = slow(*lists)
                row[j] = value
                assert given.grad[i, j].item() == pytest.approx((above - below) / (2 * step), abs=1e-8)


def matrix(seed: int, size: int, n: int) -> torch.Tensor:
    return 3 * torch.randn(size, n * size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(("size", "n"), [(1, 1), (4, 1), (3, 5), (6, 2)])
def test_contrastive_and_sigmoid(pool: str, size: int, n: int) -> None:
    logits = matrix(size, size, n)
    check(lambda x: contrastive_loss(x, pool), lambda x: slow_contrastive(x, pool), logits)
    check(lambda x: sigmoid_loss(x, pool), lambda x: slow_sigmoid(x, pool), logits)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(("size", "n", "m"), [(1, 1, 1), (4, 1, 1), (3, 5, 2)])
def test_negatives(pool: str, size: int, n: int, m: int) -> None:
    check(
        lambda x, y: negatives_loss(x, y, pool),
        lambda x, y: slow_negatives(x, y, pool),
        matrix(size, size, n),
        matrix(99, size, m),
    )


def test_values_by_hand() -> None:
    # Two regions with two captions each; means [[3, 0], [0, 1]], hardest [[2, 1], [1, 0]], maxima [[4, 1], [1, 2]].
    logits = torch.tensor([[4.0, 2.0, 1.0, -1.0], [1.0, -1.0, 2.0, 0.0]], dtype=torch.float64)
    assert contrastive_loss(logits).item() == pytest.approx(
        (math.log(1 + math.exp(-3)) + math.log(1 + math.exp(-1))) / 2
    )
    assert contrastive_loss(logits, "hardest").item() == pytest.approx(
        (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 2
    )
    assert contrastive_loss(logits, "max").item() == pytest.approx(
        (math.log(1 + math.exp(-3)) + math.log(1 + math.exp(-1))) / 2
    )
    # Own scores 3 and 1, own negatives -1 and 0: what stands beside the diagonal is not read.
    negatives = torch.tensor([[-1.0, 50.0], [50.0, 0.0]], dtype=torch.float64)
    expected = [math.log(1 + math.exp(x)) for x in (-3, -1, -1, 0)]
    assert negatives_loss(logits, negatives).item() == pytest.approx(sum(expected) / 4)
    # The own captions that fit worst, 2 and 0, whichever of the two pools it is.
    expected = [math.log(1 + math.exp(x)) for x in (-2, -1, 0, 0)]
    for pool in ("hardest", "max"):
        assert negatives_loss(logits, negatives, pool).item() == pytest.approx(sum(expected) / 4)


def test_label_smoothing_by_hand() -> None:
    # Of two, 0.1 leaves 0.95 on the diagonal and 0.05 beside it. Rows and columns are [2, 0] and [0, 1].
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    right = [math.log(1 + math.exp(-x)) for x in (2, 1)]
    wrong = [math.log(1 + math.exp(x)) for x in (2, 1)]
    expected = sum(0.95 * one + 0.05 * other for one, other in zip(right, wrong, strict=True)) / 2
    assert contrastive_loss(logits, label_smoothing=0.1).item() == pytest.approx(expected)


def test_unknown_pool_and_shape() -> None:
    logits = torch.zeros(2, 4)
    for call in (
        lambda: contrastive_loss(logits, "min"),
        lambda: sigmoid_loss(logits, "min"),
        lambda: negatives_loss(logits, logits, "min"),
    ):
        with pytest.raises(ValueError, match="`pool` must be one of mean, hardest, max, got 'min'"):
            call()
    with pytest.raises(ValueError, match=r"must be \(B, n\*B\), got \(2, 3\)"):
        contrastive_loss(torch.zeros(2, 3))
