"""Score against the number of training images: the same recipe on nested subsets."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError, DciError

from .trained import Trained

CURVES = {"all_scm": "All SCM", "all_neg": "All Neg"}


def learning_curve(
    rows: Any, sizes: Sequence[int], seed: int, output: Path, train_on: Callable[[Any, Path], Trained]
) -> list[dict[str, Any]]:
    """Trains on the first images of one shuffling, so that a smaller subset is part of a larger one.

    Args:
        rows: of the whole split train.
        sizes: images of each training, in any order.
        seed: of the shuffling.
        output: a folder; each training is in one below it, called as its size. `learning-curve.json` and
            `learning-curve.png` are written there.
        train_on: trains on rows into a folder.

    Returns:
        Points: images, entries, and scores as in a results file; the first one has no images: before any training.

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
    points: list[dict[str, Any]] = []
    for size in sorted(set(sizes)):
        trained = train_on(rows.select(sorted(order[:size])), output / str(size))
        if trained.before is None or trained.after is None:
            raise ArgumentError("a learning curve needs a split test to score on")
        if not points:
            points.append({"images": 0, "entries": 0, "scores": trained.before["scores"]})
        points.append({"images": size, "entries": trained.entries, "scores": trained.after["scores"]})
    write_whole(output / "learning-curve.json", (json.dumps(points, indent=2) + "\n").encode())
    plot(points, output / "learning-curve.png")
    return points


def plot(points: list[dict[str, Any]], path: Path) -> None:
    """Draws SCM and Neg with their 95% intervals, %."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    images = [point["images"] for point in points]
    for name, label in CURVES.items():
        scores = [point["scores"][name] for point in points]
        values = [100 * score["value"] for score in scores]
        low, high = ([100 * score["interval"][end] for score in scores] for end in (0, 1))
        [line] = axes.plot(images, values, marker="o", label=label)
        axes.fill_between(images, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set(xlabel="training images", ylabel="split test, %")
    axes.legend()
    axes.grid(alpha=0.3)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=150)
    write_whole(path, drawn.getvalue())
