"""Drawing images with replacement, many times, in bounded memory."""

from __future__ import annotations

import numpy as np

_CELLS = 2**20
"""Draws that are held at a time."""


def resampled_sums(columns: np.ndarray, resamples: int = 10_000, seed: int = 0) -> np.ndarray:
    """Sums of columns over as many images as there are, drawn with replacement.

    The draws depend on the seed and the number of images alone: all columns, and all calls, share them.

    Args:
        columns: (images, C) numbers; at least one image.

    Returns:
        (resamples, C) float64.
    """
    images = len(columns)
    generator = np.random.default_rng(seed)
    exact = np.asarray(columns, dtype=np.float64)
    sums = np.empty((resamples, exact.shape[1]))
    step = max(1, _CELLS // images)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = generator.integers(images, size=(size, images))
        drawn += images * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * images).reshape(size, images)
        sums[start : start + size] = times.astype(np.float64) @ exact
    return sums


def share_interval(correct: np.ndarray, total: np.ndarray, resamples: int = 2000) -> tuple[float, float] | None:
    """The 95% percentile interval of `mean_share`, images drawn with replacement.

    Images, not regions, are drawn: regions of one image are not independent.

    Args:
        correct, total: (images,) or (images, groups) right regions and regions of each image, at least 1 of the latter.

    Returns:
        (low, high); None with fewer than two images.
    """
    if len(total) < 2:
        return None
    columns = np.concatenate([each.reshape(len(total), -1) for each in (correct, total)], axis=1)
    sums = resampled_sums(columns, resamples)
    low, high = np.percentile(mean_share(*np.split(sums, 2, axis=1)), [2.5, 97.5])
    return float(low), float(high)


def mean_share(correct: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The mean over groups of correct / total, (..., groups) -> (...); a group without regions is left out."""
    with np.errstate(invalid="ignore"):
        return np.nanmean(correct / total, axis=-1)
