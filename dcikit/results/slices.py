"""Scores by slice: where a model is right and where not.

The bins are fixed, so that slices of different models and data sets can be set side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .bootstrap import share_interval
from .sample_reader import read_samples

UNKNOWN = "not known"

AREAS = ((0.1, "under 10%"), (0.25, "10 to 25%"), (0.5, "25 to 50%"), (1.0, "50% and more"))
WORDS = ((15, "under 15"), (30, "15 to 29"), (45, "30 to 44"), (10**9, "45 and more"))
DEPTHS = {0: "the whole image", 1: "1, in the image", 2: "2, in a mask", 3: "3"}
DEEPER = "4 and deeper"


@dataclass(frozen=True)
class Slice:
    """One slice of a score.

    Attributes:
        by: the fact that it is cut by.
        name: the slice.
        value: share of its regions that are right.
        interval: 95%, bootstrap over images; None with fewer than two images.
        regions, images: how many are in it.
    """

    by: str
    name: str
    value: float
    interval: tuple[float, float] | None
    regions: int
    images: int


@dataclass(frozen=True)
class _Cut:
    """How regions are cut by one column of the file."""

    by: str
    column: str
    names: tuple[str, ...]
    name: Callable[[Any], str]


def _bin(bins: tuple[tuple[float, str], ...]) -> Callable[[Any], str]:
    """The first bin whose end is above the value; the last one holds its end too."""
    return lambda value: next((name for end, name in bins if value < end), bins[-1][1])


CUTS = (
    _Cut("mask depth", "mask_depth", (*DEPTHS.values(), DEEPER), lambda depth: DEPTHS.get(depth, DEEPER)),
    _Cut("crop area", "crop_area_share", tuple(name for _, name in AREAS), _bin(AREAS)),
    _Cut("caption words", "caption_words", tuple(name for _, name in WORDS), _bin(WORDS)),
)
"""The ways in which scores are cut, each with its slices in order."""


def slices(path: Path, score: str) -> list[Slice]:
    """One score by slice, the whole first; a slice without regions is not among them.

    Args:
        path: a file of `dci eval --log-samples`.

    Raises:
        ValueError: if it is none, or has no such score.
    """
    table = read_samples(path, score, ["image_id", "right", *(cut.column for cut in CUTS)])
    ids = table["image_id"].to_pylist()
    images = {image_id: place for place, image_id in enumerate(dict.fromkeys(ids))}  # the order of the results file
    image = np.array([images[image_id] for image_id in ids])
    right = table["right"].to_numpy()
    found = list(_slice("", "all regions", np.ones(len(right), dtype=bool), image, right, len(images)))
    for cut in CUTS:
        names = np.array([UNKNOWN if x is None else cut.name(x) for x in table[cut.column].to_pylist()])
        for name in (*cut.names, UNKNOWN):
            found += _slice(cut.by, name, names == name, image, right, len(images))
    return found


def _slice(
    by: str, name: str, inside: np.ndarray, image: np.ndarray, right: np.ndarray, n_images: int
) -> Iterator[Slice]:
    """The slice of the regions `inside`, (regions,), if there are any; `image` has the number of each one's image."""
    total = np.bincount(image[inside], minlength=n_images)
    of_image = np.bincount(image[inside], weights=right[inside], minlength=n_images)
    has = total > 0
    if has.any():
        yield Slice(
            by=by,
            name=name,
            value=float(of_image.sum() / total.sum()),
            interval=share_interval(of_image[has], total[has]),
            regions=int(total.sum()),
            images=int(has.sum()),
        )
