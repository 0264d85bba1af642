"""`dci leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def leaderboard_command(
    files: Annotated[list[Path] | None, typer.Argument(help="Results files of `dci eval --output`.")] = None,
    dataset_id: Annotated[str | None, typer.Option(help="A benchmark on the Hub instead, ORG/dci.")] = None,
    sort: Annotated[str | None, typer.Option(help="Task id to rank by, such as sdci_hard_neg.")] = None,
) -> None:
    """Rank models by their results files, or print the Hub's leaderboard."""
    if bool(files) == bool(dataset_id):
        raise ValueError("give results files, or --dataset-id ORG/dci")
    console = Console()
    if dataset_id:
        console.print(_hub_table(dataset_id))
        return
    from dcikit.hub.leaderboard import rankings
    from dcikit.results.document import read_results

    found = rankings([read_results(path) for path in files or []], sort)
    for ranking in found:
        table = Table("", "Model", title=ranking.title, title_justify="left")
        for column in ranking.columns:
            table.add_column(column, justify="right")
        for place, (model, values) in enumerate(ranking.rows, 1):
            table.add_row(str(place), model, *("-" if value is None else f"{value:.2f}" for value in values))
        console.print(table)
    if len(found) > 1:
        console.print("Data or protocol differ between the tables: their numbers cannot be compared.")


def _hub_table(dataset_id: str) -> Table:
    from dcikit.hub.leaderboard import hub_leaderboard

    table = Table("", "Model", title=dataset_id, title_justify="left")
    for column in ("Score", "Verified", "Pull request"):
        table.add_column(column, justify="right")
    for entry in hub_leaderboard(dataset_id):
        verified, pull_request = "yes" if entry.verified else "-", entry.pull_request
        table.add_row(str(entry.rank), entry.model_id, f"{entry.value:.2f}", verified, str(pull_request or "-"))
    return table
