"""`dci slices`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dcikit.schema.titles import interval_text, percent, title


def slices_command(
    entries: Annotated[Path, typer.Argument(help="A file of `dci eval --per-entry`.")],
    score: Annotated[
        list[str] | None, typer.Option(help="Which score; may be given again.  [default: all_scm]")
    ] = None,
) -> None:
    """Show a score by mask depth, crop area and caption length."""
    from dcikit.results.entries_file import read_header
    from dcikit.results.slices import slices

    header = read_header(entries)
    console = Console()
    for name in score or ["all_scm"]:
        found = slices(entries, name)
        heading = Text(f"{title(name)} of {header['model']['name']}, by slice")
        table = Table(title=heading, title_justify="left")
        table.add_column("Sliced by", no_wrap=True)
        table.add_column("Slice", no_wrap=True)
        for column in ("%", "95% interval", "regions", "images"):
            table.add_column(column, justify="right")
        for place, each in enumerate(found):
            first = place == 0 or found[place - 1].by != each.by
            table.add_row(
                each.by if first else "",
                each.name,
                percent(each.value),
                interval_text(each.interval),
                f"{each.regions:,}",
                f"{each.images:,}",
                end_section=place + 1 == len(found) or found[place + 1].by != each.by,
            )
        console.print(table, highlight=False, markup=False)
    console.print("Intervals: bootstrap over images. Crop area: of the photo, margin included.")
