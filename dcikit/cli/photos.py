"""`dci photos`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .bytes import byte_progress
from .console import Console

_LISTED = 20


def photos_command(
    archive: Annotated[Path, typer.Argument(help="SA-1B's sa_000138.tar.")],
    output_dir: Annotated[Path, typer.Option(help="The release folder; or, with --dataset, any folder.")],
    dataset: Annotated[str | None, typer.Option(help="Take the photos of this export or Hub dataset.")] = None,
) -> None:
    """Take the photos that the annotations name out of SA-1B's archive, in one pass. Keeps those that are there."""
    from dcikit.data.release import Release
    from dcikit.hub.photos import dataset_photos, extract_photos, release_photos

    if dataset is None and not (output_dir / "splits.json").is_file():
        message = (
            f"`output_dir` must be a release folder, got {output_dir}; or say whose photos you need: --dataset ORG/dci"
        )
        raise ArgumentError(message)
    names = release_photos(Release(output_dir)) if dataset is None else dataset_photos(dataset)
    folder = output_dir / "photos" if dataset is None else output_dir
    with byte_progress("Reading the archive") as advance:
        found = extract_photos(archive, folder, names, advance)
    console = Console()
    counts = f"{found.extracted:,} photos taken, {found.kept:,} were there"
    console.print(f"{counts}: {folder}", highlight=False, soft_wrap=True)
    problems = [f"{name} is damaged: {why}" for name, why in found.damaged.items()]
    if found.stopped:
        problems.append(f"{archive} ends too early ({found.stopped}): download the rest, then run this again")
    if found.missing:
        more = f" and {len(found.missing) - _LISTED} more" if found.missing[_LISTED:] else ""
        problems.append(f"{len(found.missing):,} photos are missing: {', '.join(found.missing[:_LISTED])}{more}")
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
