"""`dci info`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .release_tables import adapter_table, export_table, release_table
from .results_tables import results_notes, results_tables
from .table import Format, FormatOption, print_tables


def info_command(
    path: Annotated[Path, typer.Argument(help="A release, an export, a trained adapter, or a file of `dci eval`.")],
    form: FormatOption = Format.table,
) -> None:
    """Say what a folder or a file of this command is."""
    if path.is_file() and path.suffix == ".parquet":
        from dcikit.results.sample_reader import read_header, score_names

        notes = results_notes(read_header(path))
        for line in (f"Decisions of {', '.join(sorted(score_names(path)))}", *notes):
            Console().print(line, markup=False, highlight=False, soft_wrap=True)
    elif path.is_file():
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
    elif (path / "dci_export.json").is_file():
        from dcikit.hub.manifest import read_manifest

        Console().print(export_table(path, read_manifest(path)))
    elif (path / "adapter_config.json").is_file():
        from dcikit.files.json_node import load_json

        Console().print(adapter_table(path, load_json(path / "adapter_config.json")))
    else:
        raise ArgumentError(
            "`path` must be a release folder (with splits.json), an export, an adapter, a results file or a file of "
            f"samples, got {path}"
        )
