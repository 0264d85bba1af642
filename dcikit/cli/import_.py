"""`dci import`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.errors import ArgumentError

from .console import Console
from .options import OnError
from .progress import counter

_LISTED = 10


def import_command(
    format: Annotated[str, typer.Argument(help="Which dataset it is; `dci import list` names them.")],
    source: Annotated[Path | None, typer.Argument(help="Its file.")] = None,
    images: Annotated[Path | None, typer.Option(help="The folder of its images; linked or copied.")] = None,
    output_dir: Annotated[Path, typer.Option("--output-dir", "--out", help="The release folder to write.")] = Path(
        "imported"
    ),
    on_error: Annotated[OnError, typer.Option(help="skip: skip images with defects.")] = OnError.stop,
) -> None:
    """Write another dataset as a release folder, which every other command reads. Goes on where it was interrupted."""
    from dcikit.data.release_writer import JOURNAL, read_journal
    from dcikit.data.sources.imported import import_release
    from dcikit.data.sources.registry import SOURCES

    console = Console()
    if format == "list":
        for each in SOURCES.values():
            console.print(f"{each.name}: {each.title}, {each.licence}", highlight=False, soft_wrap=True)
        return
    if format not in SOURCES:
        raise ArgumentError(f"`FORMAT` must be one of {', '.join(SOURCES)}, got {format!r}")
    if source is None:
        raise ArgumentError(f"`SOURCE` must be the file of {SOURCES[format].title}")
    with counter("Importing", 0) as count:
        for _ in import_release(SOURCES[format], source, images, output_dir, on_error.value):
            count(1)
    counts = json.loads((output_dir / "source.json").read_text(encoding="utf-8"))["counts"]
    console.print(f"{counts['images']:,} images, {counts['masks']:,} masks in {output_dir}", highlight=False)
    shown: dict[str, int] = {}
    for line in read_journal(output_dir):
        for what, where in line.notes:
            shown[what] = shown.get(what, 0) + 1
            if shown[what] <= _LISTED:
                console.print(f"{what}: {where}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    for what, number in shown.items():
        if number > _LISTED:
            console.print(f"{what}: {number:,} in all, listed in {output_dir / JOURNAL}", highlight=False)
