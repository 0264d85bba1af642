"""`dci report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.files.outputs import check_output
from dcikit.schema.errors import ArgumentError

from .console import Console


def report_command(
    results: Annotated[list[Path], typer.Argument(help="Results files of `dci eval --output`.")],
    output: Annotated[Path, typer.Option(help="The page to write (HTML).")],
    log_samples: Annotated[
        Path | None, typer.Option(help="A file of `dci eval --log-samples`, for slices and failures.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="The data that was scored, for their crops.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Of a pair benchmark whose rows name their photos.")] = None,
    failures: Annotated[int, typer.Option(min=1, max=200, help="Of each score, that are shown.")] = 12,
) -> None:
    """Write results as one page: tables, intervals, what is really different, and the worst failures."""
    from dcikit.api.failures import explain_failures
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
        drawn = dataset is None and is_drawn(measured[index], sample_images)
        explain = explain_failures(log_samples, str(sample_folder()) if drawn else dataset, photos)
        gallery = read_gallery(log_samples, index, explain, failures)
    write_whole(output, render(measured, gallery, sample_images).encode("utf-8", "replace"))
    Console().print(f"Report in {output}", highlight=False, markup=False, soft_wrap=True)
