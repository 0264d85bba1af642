"""`dci report`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .output import check_output


def report_command(
    results: Annotated[list[Path], typer.Argument(help="Results files of `dci eval --output`.")],
    output: Annotated[Path, typer.Option(help="The page to write (HTML).")],
    log_samples: Annotated[
        Path | None, typer.Option(help="A file of `dci eval --log-samples`, for slices and failures.")
    ] = None,
    dataset: Annotated[Path | None, typer.Option(help="The release folder that was scored, for their crops.")] = None,
    failures: Annotated[int, typer.Option(min=1, max=200, help="Of SCM, and of Neg, that are shown.")] = 12,
) -> None:
    """Write results as one page: tables, intervals, what is really different, and the worst failures."""
    from dcikit.data.sample import NUMBERS, sample_folder
    from dcikit.files.whole_file import write_whole
    from dcikit.results.document import read_results
    from dcikit.results.report import render, side_by_side_of
    from dcikit.results.report.gallery import owner, read_gallery
    from dcikit.results.report.notices import is_drawn

    check_output(output)
    for path in (*results, *([log_samples] if log_samples else [])):
        if output.exists() and path.exists() and output.samefile(path):
            raise ArgumentError(f"`--output` must be a new file, got {output}, which is read here; choose another name")
    if dataset is not None and log_samples is None:
        raise ArgumentError("`dataset` needs `log_samples`: without the decisions nobody knows which regions failed")
    measured = side_by_side_of([(str(path), read_results(path)) for path in results])
    sample_images = frozenset(map(str, NUMBERS))
    gallery = None
    if log_samples is not None:
        index = owner(log_samples, measured)
        folder = dataset or (sample_folder() if is_drawn(measured[index], sample_images) else None)
        rows = _rows(folder, log_samples) if folder else None
        gallery = read_gallery(log_samples, index, rows, failures)
    write_whole(output, render(measured, gallery, sample_images).encode("utf-8", "replace"))
    Console().print(f"Report in {output}", highlight=False, markup=False, soft_wrap=True)


def _rows(folder: Path, samples: Path) -> Callable[[str], Mapping[str, Any]]:
    """image_id -> its row of config sdci, read when it is asked for."""
    from dcikit.data.release import Release
    from dcikit.data.rows import sdci_row

    release = Release(folder)
    known = {name for names in release.splits.values() for name in names}

    def row(image_id: str) -> Mapping[str, Any]:
        name = f"{image_id}-data.json"
        if name not in known:
            raise ArgumentError(f"{samples} has image {image_id}, {folder} has not; give the data that was scored")
        return sdci_row(release.read(name, summaries=True))

    return row
