"""`dci verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import Console
from .progress import progress
from .release_tables import excluded_table, verify_table
from .tokenizer import TOKENIZER_HELP, caption_tokenizer


def verify_command(
    folder: Annotated[Path, typer.Argument(help="The release folder.")],
    photos: Annotated[bool, typer.Option(help="Check the photos too.")] = True,
    tokenizer: Annotated[str | None, typer.Option(help=TOKENIZER_HELP)] = None,
    num_proc: Annotated[int | None, typer.Option(min=1, help="Processes; one a core by default.")] = None,
) -> None:
    """Check a whole release and report what is in it; exit status 1 if anything is wrong."""
    from dcikit.data.release import Release
    from dcikit.data.verify import Report, verify

    release = Release(folder)
    total = sum(map(len, release.splits.values()))
    loaded = caption_tokenizer(tokenizer)
    report = Report()
    for part in progress(verify(release, photos=photos, tokenizer=loaded, num_proc=num_proc), "Verifying", total):
        report.add(part)
    console = Console()
    sizes = {split: len(names) for split, names in release.splits.items()}
    console.print(verify_table(report.counts, sizes))
    if report.excluded_images or report.excluded_regions:
        console.print(excluded_table(report.excluded_images, report.excluded_regions))
    for defect in report.defects:
        console.print(str(defect), style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(report.defects)} defects" if report.defects else "No defects.")
    if report.defects:
        raise typer.Exit(1)
