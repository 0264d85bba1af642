"""`dci info`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .table import release_table, results_table


def info_command(
    path: Annotated[Path, typer.Argument(help="A release folder, or a results file of `dci eval --output`.")],
) -> None:
    """Say what a data folder or a results file is."""
    console = Console()
    if path.is_file():
        from dcikit.results.document import read_results

        for renderable in results_table(read_results(path)):
            console.print(renderable)
    elif (path / "splits.json").is_file():
        from dcikit.data.release import Release

        release = Release(path)
        found = {}
        for part in ("annotations", "complete", "photos"):
            folder = path / part
            found[part] = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
        console.print(release_table(path, {split: len(names) for split, names in release.splits.items()}, found))
    else:
        raise ValueError(f"`path` must be a release folder (with splits.json) or a results file, got {path}")
