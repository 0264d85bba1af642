"""The losses of docs/protocol.md §7 in plain floats, one region at a time."""

from __future__ import annotations

import math

Matrix = list[list[float]]


def groups(logits: Matrix) -> list[list[list[float]]]:
    n = len(logits[0]) // len(logits)
    return [[row[j * n : (j + 1) * n] for j in range(len(logits))] for row in logits]


def pooled(logits: Matrix, pool: str) -> Matrix:
    def one(group: list[float], own: bool) -> float:
        if pool == "mean":
            return sum(group) / len(group)
        return min(group) if own and pool == "hardest" else max(group)

    return [[one(group, i == j) for j, group in enumerate(row)] for i, row in enumerate(groups(logits))]


def cross_entropy(scores: list[float], target: int) -> float:
    return math.log(sum(math.exp(score) for score in scores)) - scores[target]


def slow_contrastive(logits: Matrix, pool: str) -> float:
    matrix = pooled(logits, pool)
    size = len(matrix)
    rows = sum(cross_entropy(matrix[i], i) for i in range(size)) / size
    columns = sum(cross_entropy([matrix[i][j] for i in range(size)], j) for j in range(size)) / size
    return (rows + columns) / 2


def slow_sigmoid(logits: Matrix, pool: str) -> float:
    matrix = pooled(logits, pool)
    size = len(matrix)
    pairs = [(matrix[i][j], 1 if i == j else -1) for i in range(size) for j in range(size)]
    return sum(math.log(1 + math.exp(-sign * score)) for score, sign in pairs) / size


def slow_negatives(logits: Matrix, negative_logits: Matrix, pool: str) -> float:
    own_pool, negative_pool = (sum, sum) if pool == "mean" else (min, max)
    total = 0.0
    for i in range(len(logits)):
        captions, negatives = groups(logits)[i][i], groups(negative_logits)[i][i]
        own = own_pool(captions) / (len(captions) if pool == "mean" else 1)
        negative = negative_pool(negatives) / (len(negatives) if pool == "mean" else 1)
        total += math.log(1 + math.exp(-own)) + math.log(1 + math.exp(negative))
    return total / (2 * len(logits))
