"""`dci compare`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dcikit.schema.titles import interval_text, percent, title

if TYPE_CHECKING:
    from dcikit.results.compare import Difference


def compare_command(
    a: Annotated[Path, typer.Argument(help="A results file of `dci eval --output`.")],
    b: Annotated[Path, typer.Argument(help="Another one, of the same entries and protocol.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say whether one result is really better than another: a paired test, score by score."""
    import json
    from dataclasses import asdict

    from dcikit.results.compare import RESAMPLES, compare_results
    from dcikit.results.document import read_results

    documents = [read_results(a), read_results(b)]
    found = compare_results(documents[0], documents[1], (str(a), str(b)))
    if as_json:
        scores = {name: asdict(difference) for name, difference in found.items()}
        test = f"paired bootstrap over images, {RESAMPLES} resamples; p_holm: corrected for {len(scores)} scores"
        typer.echo(json.dumps({"a": str(a), "b": str(b), "test": test, "scores": scores}, indent=2, allow_nan=False))
        return
    console = Console()
    for renderable in _tables(found, documents, (a, b)):
        console.print(renderable, highlight=False, markup=False)


def _tables(
    found: Mapping[str, Difference], documents: list[dict[str, Any]], paths: tuple[Path, Path]
) -> Iterator[Table | str]:
    for letter, path, document in zip("AB", paths, documents, strict=True):
        model = document["model"]
        adapter = f" with {model['adapter']}" if model.get("adapter") else ""
        yield f"{letter}: {model['name']}{adapter} ({path})"
    table = Table("Score")
    for column in ("A %", "B %", "B - A", "95% interval", "p", "p, corrected"):
        table.add_column(column, justify="right")
    table.add_column("Is the difference real?")
    for name, each in found.items():
        table.add_row(
            title(name),
            percent(each.a),
            percent(each.b),
            "-" if each.difference is None else f"{100 * each.difference:+.2f}",
            "-" if each.interval is None else interval_text(each.interval),
            _p(each.p),
            _p(each.p_holm),
            verdict(each),
        )
    yield table
    yield "Paired bootstrap over images. p is of each score by itself, uncorrected: of many scores, some are below 0.05"
    yield f"by chance. The corrected p (Holm) holds for the {len(found)} scores together: trust that one."


def verdict(difference: Difference) -> str:
    """In words, whether a difference is real."""
    if difference.real is None or difference.difference is None:
        return "cannot be tested: fewer than two images"
    if not difference.real:
        return "no, it can be chance" if difference.difference else "no, they are equal"
    better = "B" if difference.difference > 0 else "A"
    if difference.real_holm:
        return f"yes, {better} is better"
    return f"by itself yes, {better} is better; among so many scores it can be chance"


def _p(p: float | None) -> str:
    return "-" if p is None else f"{p:.4f}"
