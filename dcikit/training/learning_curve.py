"""Score against the number of training images: the same recipe on nested subsets."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError, DciError
from dcikit.schema.score import Score, Section
from dcikit.schema.titles import title

from .trained import Trained

CURVES = ("all_scm", "all_neg")


class Point(Section):
    """What came of one training."""

    images: int
    """Images that were trained on; 0: before any training."""
    regions: int
    """Their regions."""
    scores: dict[str, Score]
    """What the model scores on the split test."""


def learning_curve(
    rows: Any, sizes: Sequence[int], seed: int, output: Path, train_on: Callable[[Any, Path], Trained]
) -> list[Point]:
    """Trains on the first images of one shuffling, so that a smaller subset is part of a larger one.

    Args:
        rows: of the whole split train.
        sizes: images of each training, in any order.
        seed: of the shuffling.
        output: a folder; each training is in one below it, called as its size. `learning-curve.json` and
            `learning-curve.png` are written there.
        train_on: trains on rows into a folder.

    Returns:
        A point for each training; before them one with no images.

    Raises:
        ArgumentError: if there are fewer images, or nothing to score on.
        DciError: if matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401 - before hours of training
    except ImportError:
        raise DciError("a learning curve is drawn with matplotlib: pip install 'dcikit[training]'") from None
    if not sizes or min(sizes) < 1 or max(sizes) > len(rows):
        raise ArgumentError(f"`sizes` must be from 1 to {len(rows)}, the images of split train, got {list(sizes)}")
    order = list(range(len(rows)))
    Random(seed).shuffle(order)
    points: list[Point] = []
    for size in sorted(set(sizes)):
        trained = train_on(rows.select(sorted(order[:size])), output / str(size))
        if trained.before is None or trained.after is None:
            raise ArgumentError("a learning curve needs a split test to score on")
        if not points:
            points.append(Point(images=0, regions=0, scores=trained.before.scores))
        points.append(Point(images=size, regions=trained.regions, scores=trained.after.scores))
    write_whole(
        output / "learning-curve.json",
        (json.dumps([point.model_dump(mode="json") for point in points], indent=2) + "\n").encode(),
    )
    plot(points, output / "learning-curve.png")
    return points


def plot(points: list[Point], path: Path) -> None:
    """Draws SCM and Neg with their 95% intervals, %."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    images = [point.images for point in points]
    for name in CURVES:
        scores = [point.scores[name] for point in points]
        values = [_percent(score.value) for score in scores]
        low, high = ([_percent(score.interval and score.interval[end]) for score in scores] for end in (0, 1))
        [line] = axes.plot(images, values, marker="o", label=title(name))
        axes.fill_between(images, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set(xlabel="training images", ylabel="split test, %")
    axes.legend()
    axes.grid(alpha=0.3)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=150)
    write_whole(path, drawn.getvalue())


def _percent(share: float | None) -> float:
    return math.nan if share is None else 100 * share
