"""Greedy suppression of boxes that nearly coincide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcikit.data.record import Box


def suppress(boxes: Sequence[Box], scores: Sequence[float], threshold: float) -> list[int]:
    """Indices of the boxes that stay, best score first: none overlaps a better one of them by more than `threshold`.

    The overlap is the IoU of the boxes as SAM measures it, from first to last pixel; of equal scores the first is best.
    """
    corners = np.array(boxes, float).reshape(-1, 4) - (0, 0, 1, 1)
    area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    left = np.argsort(-np.asarray(scores, float), kind="stable")
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        both = np.prod(np.clip(high - low, 0, None), axis=1)
        left = left[both <= threshold * (area[best] + area[left] - both)]
    return kept
