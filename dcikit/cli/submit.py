"""`dci submit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console


def submit_command(
    file: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results file of `dci eval --output`.")],
    model: Annotated[str, typer.Option(help="The model on the Hub, ORG/MODEL.")],
    dataset: Annotated[str | None, typer.Option(help="The benchmark on the Hub; default: the one scored.")] = None,
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request.")] = False,
    card: Annotated[bool, typer.Option("--card", help="Write model-index metadata into README.md too.")] = False,
    source_url: Annotated[str | None, typer.Option(help="Where the results come from, such as a log.")] = None,
    source_name: Annotated[str | None, typer.Option(help="What to call that.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
) -> None:
    """Write results into a model's repository, for the Hub's leaderboard."""
    from dcikit.hub.submission import check_results
    from dcikit.hub.submit import submission, submit
    from dcikit.results.document import read_results

    results = read_results(file)
    check_results(results, model)
    benchmark = dataset or _benchmark(results.dataset.id)
    source = {"source_url": source_url, "source_name": source_name}
    console = Console()
    if dry_run:
        for path, contents in submission(results, model, benchmark, {}, card=card, **source).items():
            console.print(f"{model}: {path}", style="bold", markup=False, highlight=False)
            console.print(contents, markup=False, highlight=False, soft_wrap=True)
        return
    address = submit(results, model, benchmark, card=card, create_pr=create_pr, **source)
    console.print(address, markup=False, highlight=False, soft_wrap=True)


def _benchmark(name: str) -> str:
    if Path(name).exists() or name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ArgumentError("say which benchmark on the Hub the results belong to: --dataset ORG/dci")
    return name
