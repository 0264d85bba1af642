"""What came of a training, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dcikit.results.labels import dataset_label
from dcikit.schema.titles import PAPER, interval_text, percent

from .table import Column, Table

if TYPE_CHECKING:
    from dcikit.schema.results import Results
    from dcikit.schema.score import Score
    from dcikit.training.learning_curve import Point


def _columns(name: str, key: str) -> list[Column]:
    return [
        Column(name, key, percent),
        Column("95% interval", f"{key}_interval", interval_text, parts=("low", "high")),
    ]


def before_after_table(before: Results, after: Results) -> Table:
    """The paper's six scores, and zero-shot accuracy where it was measured."""
    columns = [Column("Score", "score", text=True), *_columns("before", "before"), *_columns("after", "after")]
    rows = [[title, *_cells(before.scores[name], after.scores[name])] for name, title in PAPER.items()]
    if before.zero_shot and after.zero_shot:
        heading = f"Zero-shot, {before.zero_shot.classes} classes"
        rows.append([heading, *_cells(before.zero_shot.accuracy, after.zero_shot.accuracy)])
    return Table(columns, rows, dataset_label(after))


def curve_table(points: Iterable[Point]) -> Table:
    """SCM and Neg after training on so many images."""
    counts = [Column(name, name.lower(), lambda count: f"{count:,}") for name in ("Images", "Regions")]
    columns = [*counts, *_columns("All SCM", "all_scm"), *_columns("All Neg", "all_neg")]
    rows = [[each.images, each.regions, *_cells(each.scores["all_scm"], each.scores["all_neg"])] for each in points]
    return Table(columns, rows)


def _cells(*scores: Score) -> list[object]:
    return [cell for score in scores for cell in (score.value, score.interval)]
