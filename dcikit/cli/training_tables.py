"""What came of a training, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table

from dcikit.schema.titles import GROUPS, interval_text, percent

if TYPE_CHECKING:
    from dcikit.training import Trained


def before_after_table(trained: Trained) -> Table | str:
    """The paper's six scores; a line where there was nothing to score on."""
    if not (trained.before and trained.after):
        return "No split test, so there are no scores before and after"
    dataset = trained.after["dataset"]
    table = Table("Score", title=f"{dataset['name']}, split {dataset['split']}", title_justify="left")
    for column in ("before", "95% interval", "after", "95% interval"):
        table.add_column(column, justify="right")
    documents = (trained.before, trained.after)
    for name, title in GROUPS["The paper's six"].items():
        table.add_row(title, *_cells(document["scores"][name] for document in documents))
    if "zero_shot" in trained.before:
        title = f"Zero-shot, {trained.before['zero_shot']['classes']} classes"
        table.add_row(title, *_cells(document["zero_shot"]["accuracy"] for document in documents))
    return table


def _cells(scores: Iterable[dict[str, Any]]) -> Iterator[str]:
    for score in scores:
        yield percent(score["value"])
        yield interval_text(score["interval"])


def curve_table(points: Iterable[dict[str, Any]]) -> Table:
    """SCM and Neg after training on so many images."""
    table = Table("Images")
    for column in ("entries", "All SCM", "95% interval", "All Neg", "95% interval"):
        table.add_column(column, justify="right")
    for point in points:
        scores = _cells(point["scores"][name] for name in ("all_scm", "all_neg"))
        table.add_row(f"{point['images']:,}", f"{point['entries']:,}", *scores)
    return table
