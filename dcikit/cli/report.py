"""`dci report`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from .output import check_output


def report_command(
    results: Annotated[list[Path], typer.Argument(help="Results files of `dci eval --output`.")],
    output: Annotated[Path, typer.Option(help="The page to write (HTML).")],
    per_entry: Annotated[Path | None, typer.Option(help="A file of `dci eval --per-entry`, for the failures.")] = None,
    data: Annotated[Path | None, typer.Option(help="The release folder that was scored, for their crops.")] = None,
    failures: Annotated[int, typer.Option(min=1, max=200, help="Of SCM, and of Neg, that are shown.")] = 12,
) -> None:
    """Write results as one page: tables, intervals, what is really different, and the worst failures."""
    from dcikit.files.whole_file import write_whole
    from dcikit.results.document import read_results
    from dcikit.results.report import Measured, render
    from dcikit.results.report.gallery import read_gallery

    check_output(output)
    if data is not None and per_entry is None:
        raise ValueError("`--data` needs `--per-entry`: without the decisions nobody knows which entries failed")
    measured = [Measured(str(path), read_results(path)) for path in results]
    gallery = None
    if per_entry is not None:
        from dcikit.results.entries_file import read_header

        header = read_header(per_entry)
        folder = data or _sample(header)
        rows = _rows(folder, per_entry) if folder else None
        gallery = read_gallery(per_entry, header, rows, failures)
    write_whole(output, render(measured, gallery).encode("utf-8", "replace"))
    Console().print(f"Report in {output}", highlight=False, markup=False, soft_wrap=True)


def _sample(header: Mapping[str, Any]) -> Path | None:
    """The folder of the sample, if that was scored."""
    from dcikit.data.sample import sample_folder

    return sample_folder() if header["dataset"]["name"] == "sample" else None


def _rows(folder: Path, per_entry: Path) -> Callable[[str], Mapping[str, Any]]:
    """image_id -> its row of config sdci, read when it is asked for."""
    from dcikit.data.release import Release
    from dcikit.data.rows import sdci_row

    release = Release(folder)
    known = {name for names in release.splits.values() for name in names}

    def row(image_id: str) -> Mapping[str, Any]:
        name = f"{image_id}-data.json"
        if name not in known:
            raise ValueError(f"{per_entry} has image {image_id}, {folder} has not; give the data that was scored")
        return sdci_row(release.read(name, summaries=True))

    return row
