"""`dci info`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .release_tables import release_table
from .results_tables import results_notes, results_tables
from .table import Format, FormatOption, print_tables


def info_command(
    path: Annotated[Path, typer.Argument(help="A release folder, or a results file of `dci eval --output`.")],
    form: FormatOption = Format.table,
) -> None:
    """Say what a data folder or a results file is."""
    if path.is_file():
        from dcikit.results.document import read_results

        results = read_results(path)
        print_tables(results_tables(results), results_notes(results), form)
    elif (path / "splits.json").is_file():
        from dcikit.data.release import Release

        release = Release(path)
        found = {}
        for part in ("annotations", "complete", "photos"):
            folder = path / part
            found[part] = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
        Console().print(release_table(path, {split: len(names) for split, names in release.splits.items()}, found))
    else:
        raise ArgumentError(f"`path` must be a release folder (with splits.json) or a results file, got {path}")
