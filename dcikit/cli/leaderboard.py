"""`dci leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError
from dcikit.schema.titles import percent, title

from .table import Column, Format, FormatOption, Table, print_tables


def leaderboard_command(
    files: Annotated[list[Path] | None, typer.Argument(help="Results files of `dci eval --output`.")] = None,
    dataset: Annotated[str | None, typer.Option(help="A benchmark on the Hub instead, ORG/dci.")] = None,
    sort: Annotated[str | None, typer.Option(help="Score or task id to rank by, such as hard_neg.")] = None,
    form: FormatOption = Format.table,
) -> None:
    """Rank models by their results files, or print the Hub's leaderboard."""
    if bool(files) == bool(dataset):
        raise ArgumentError("give results files, or --dataset ORG/dci")
    if dataset:
        print_tables([_hub_table(dataset)], form=form)
        return
    from dcikit.hub.leaderboard import rankings
    from dcikit.results.document import read_results

    found = rankings([read_results(path) for path in files or []], sort)
    tables = []
    for ranking in found:
        columns = [Column("", "rank"), Column("Model", "model", text=True)]
        columns += [Column(title(name), name, percent) for name in ranking.scores]
        rows = [[place, model, *values] for place, (model, values) in enumerate(ranking.rows, 1)]
        tables.append(Table(columns, rows, ranking.title))
    apart = "Data or protocol differ between the tables: their numbers cannot be compared."
    print_tables(tables, [apart] if len(found) > 1 else [], form)


def _hub_table(dataset_id: str) -> Table:
    from dcikit.hub.leaderboard import hub_leaderboard

    columns = [
        Column("", "rank"),
        Column("Model", "model", text=True),
        Column("Score", "score", lambda value: f"{value:.2f}"),
        Column("Verified", "verified", lambda verified: "yes" if verified else "-"),
        Column("Pull request", "pull_request"),
    ]
    rows = [[e.rank, e.model_id, e.value, e.verified, e.pull_request] for e in hub_leaderboard(dataset_id)]
    return Table(columns, rows, dataset_id)
