"""`dci compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.schema.titles import interval_text, percent, title

from .table import Column, Format, FormatOption, Table, print_tables

if TYPE_CHECKING:
    from dcikit.results.compare import Difference


def compare_command(
    a: Annotated[Path, typer.Argument(help="A results file of `dci eval --output`.")],
    b: Annotated[Path, typer.Argument(help="Another one, of the same regions and protocol.")],
    form: FormatOption = Format.table,
) -> None:
    """Say whether one result is really better than another: a paired test, score by score."""
    from dcikit.results.compare import RESAMPLES, compare_results
    from dcikit.results.document import read_results
    from dcikit.results.labels import labels

    documents = [read_results(a), read_results(b)]
    found = compare_results(documents[0], documents[1], (str(a), str(b)))
    columns = [
        Column("Score", "score", title, text=True),
        Column("A %", "a", percent),
        Column("B %", "b", percent),
        Column("B - A", "difference", lambda difference: f"{100 * difference:+.2f}"),
        Column("95% interval", "interval", interval_text, parts=("low", "high")),
        Column("p", show=lambda p: f"{p:.4f}"),
        Column("p, Holm", "p_holm", lambda p: f"{p:.4f}"),
        Column("Verdict", "verdict", text=True),
    ]
    rows = [[name, *_values(each), verdict(each)] for name, each in found.items()]
    who = [f"{letter}: {label} ({path})" for letter, label, path in zip("AB", labels(documents), (a, b), strict=True)]
    notes = [
        *who,
        f"Paired bootstrap over images, {RESAMPLES:,} resamples. p is of each score by itself: of many scores, some "
        f"are below 0.05 by chance. Holm's correction holds for all {len(found)}: trust that one.",
        '"B?": better by itself, but among so many scores it can be chance.',
    ]
    print_tables([Table(columns, rows)], notes, form)


def _values(each: Difference) -> list[object]:
    return [each.a, each.b, each.difference, each.interval, each.p, each.p_holm]


def verdict(difference: Difference) -> str:
    """In a word, which result is better."""
    if difference.real is None or not difference.difference:
        return "equal" if difference.real is False else "untested"
    better = "B" if difference.difference > 0 else "A"
    if difference.real_holm:
        return f"{better} better"
    return f"{better}?" if difference.real else "chance"
