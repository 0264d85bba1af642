"""One block of the similarity matrix: which scores exceed their row's and their column's own.

Float32 matrix products differ in the last bits with the shape of a block and the place in it: two equal texts could
score differently, and a query lose to itself. So a product in float32 only decides what is further from the own score
than its error can be; the few scores that are nearer are summed in float64, where they are exact (see `engine.exact`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

_PAIRS = 512
"""Pairs that are summed at once."""

_LANES = 128
"""Bytes that are added up inside an int64: fewer than 256, so that none runs over into the next."""

_DENSE = 512
"""Where more than one score in so many is undecided, the whole block in float64 is faster than its pairs."""


class Counts(NamedTuple):
    """Of a block (B, C): how many scores are higher than, and how many equal to, the own score.

    Attributes:
        rows: two of (B,), each row's scores against the row's own.
        columns: two of (C,), each column's scores against the column's own.
    """

    rows: tuple[Tensor, Tensor]
    columns: tuple[Tensor, Tensor]


def count_block(rows: Tensor, columns: Tensor, own_rows: Tensor, own_columns: Tensor, fast: bool = True) -> Counts:
    """Counts one block.

    Args:
        rows: (B, D) embeddings at length 1, on the grid, in float32.
        columns: (C, D) likewise.
        own_rows: (B,) exact scores, float64.
        own_columns: (C,) likewise.
        fast: whether to try float32 first.
    """
    if not fast:
        return _exact(rows, columns, own_rows, own_columns)
    scores = rows @ columns.T
    # Of a product of unit vectors in any order of summation: D roundings, and a few more for these bounds themselves.
    error = (rows.shape[1] + 8) * 2.0**-24
    by_row, near_row = _decide(scores, own_rows[:, None], error)
    by_column, near_column = _decide(scores, own_columns, error)
    by_hand = _places(near_row), _places(near_column)
    if max(len(row) for row, _ in by_hand) > scores.numel() // _DENSE:
        return _exact(rows, columns, own_rows, own_columns)

    (row, column), (other_row, other_column) = by_hand
    higher_row, equal_row = _settle(pair_scores(rows, columns, row, column), own_rows, row)
    exact = pair_scores(rows, columns, other_row, other_column)
    higher_column, equal_column = _settle(exact, own_columns, other_column)
    return Counts(
        (_of_rows(by_row)[: len(rows)] + higher_row, equal_row),
        (_of_columns(by_column)[: len(columns)] + higher_column, equal_column),
    )


def pair_scores(rows: Tensor, columns: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """(P,) exact scores, float64, of the pairs (row[p], column[p])."""
    parts = [
        (rows[some].double() * columns[others].double()).sum(1)
        for some, others in zip(row.split(_PAIRS), column.split(_PAIRS), strict=True)
    ]
    return torch.cat(parts) if parts else rows.new_empty(0, dtype=torch.float64)


def float32_is_kept(rows: Tensor, columns: Tensor) -> bool:
    """Whether products of this shape are float32, not TF32 or bfloat16 as autocast and torch's options allow."""
    probe = 1 + 2.0**-23
    left, right = torch.zeros_like(rows), torch.zeros_like(columns)
    left[:, :1], right[:, :1] = probe, 1.0
    product = left @ right.T
    return product.dtype == torch.float32 and bool((product == probe).all())


def _exact(rows: Tensor, columns: Tensor, own_rows: Tensor, own_columns: Tensor) -> Counts:
    scores = rows.double() @ columns.double().T
    own, b, c = own_rows[:, None], len(rows), len(columns)
    return Counts(
        (_of_rows(_lanes(scores > own))[:b], _of_rows(_lanes(scores == own))[:b]),
        (_of_columns(_lanes(scores > own_columns))[:c], _of_columns(_lanes(scores == own_columns))[:c]),
    )


def _decide(scores: Tensor, own: Tensor, error: float) -> tuple[Tensor, Tensor]:
    """Which scores are certainly higher, and which are too near to tell, as lanes."""
    higher = _lanes(scores > (own + error).float())
    return higher, _lanes(scores >= (own - error).float()) ^ higher


def _settle(scores: Tensor, own: Tensor, query: Tensor) -> tuple[Tensor, Tensor]:
    """How many of the pairs' exact scores are higher than, and equal to, their query's own: two of (Q,)."""
    higher, equal = query[scores > own[query]], query[scores == own[query]]
    return torch.bincount(higher, minlength=len(own)), torch.bincount(equal, minlength=len(own))


def _lanes(mask: Tensor) -> Tensor:
    """A mask (B, C) as int64 (B, C / 8), a byte a cell, so that cells are counted eight at a time.

    B and C are filled up to what `_of_rows` and `_of_columns` add at once.
    """
    wide, high = -mask.shape[1] % (8 * _LANES), -mask.shape[0] % _LANES
    return (pad(mask, (0, wide, 0, high)) if wide or high else mask).view(torch.int64)


def _of_rows(lanes: Tensor) -> Tensor:
    """Cells that are set in each row."""
    return lanes.unflatten(1, (-1, _LANES)).sum(2).view(torch.uint8).sum(1)


def _of_columns(lanes: Tensor) -> Tensor:
    """Cells that are set in each column."""
    return lanes.unflatten(0, (-1, _LANES)).sum(1).view(torch.uint8).sum(0)


def _places(lanes: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of the cells that are set."""
    row, lane = lanes.nonzero(as_tuple=True)
    which, byte = lanes[row, lane].view(torch.uint8).view(-1, 8).nonzero(as_tuple=True)
    return row[which], lane[which] * 8 + byte
