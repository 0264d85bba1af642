"""`dci slices`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.schema.titles import title

from .results_tables import INTERVAL, VALUE
from .table import Column, Format, FormatOption, Table, print_tables

if TYPE_CHECKING:
    from dcikit.results.slices import Slice


def slices_command(
    samples: Annotated[Path, typer.Argument(help="A file of `dci eval --log-samples`.")],
    score: Annotated[
        list[str] | None, typer.Option(help="Which score; may be given again.  [default: all_scm]")
    ] = None,
    form: FormatOption = Format.table,
) -> None:
    """Show a score by mask depth, crop area and caption length."""
    from dcikit.results.labels import model_label
    from dcikit.results.sample_reader import read_header
    from dcikit.results.slices import slices

    model = model_label(read_header(samples).model)
    tables = [_table(f"{title(name)} of {model}, by slice", slices(samples, name)) for name in score or ["all_scm"]]
    print_tables(tables, ["Intervals: bootstrap over images. Crop area: of the photo, margin included."], form)


def _table(heading: str, found: list[Slice]) -> Table:
    counts = [Column(name, show=lambda count: f"{count:,}") for name in ("regions", "images")]
    columns = [Column("Sliced by", "by", text=True), Column("Slice", "slice", text=True), VALUE, INTERVAL, *counts]
    rows = [[each.by, each.name, each.value, each.interval, each.regions, each.images] for each in found]
    ends = [index for index, each in enumerate(found[:-1]) if found[index + 1].by != each.by]
    return Table(columns, rows, heading, ends)
