"""`dci prompts`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.files.outputs import check_output
from dcikit.schema.errors import ArgumentError

from .console import Console
from .progress import progress


def prompts_command(
    folder: Annotated[Path, typer.Argument(help="The release folder, with complete/.")],
    output: Annotated[Path, typer.Option(help="The file to write: .yaml or .parquet.")] = Path("prompts.yaml"),
    split: Annotated[list[str] | None, typer.Option(help="Which splits; default: all.")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many, drawn as text-to-image benchmarks do; default: all.")
    ] = None,
) -> None:
    """Write {file name: prompt} for text-to-image models: the first caption of each image of sDCI, and a hash."""
    from dcikit.data.formats.prompts import KINDS, captions, choose, fingerprint, write_prompts
    from dcikit.data.release import Release

    if output.suffix not in KINDS:
        raise ArgumentError(f"`--output` must end in {' or '.join(KINDS)}, got {output}")
    check_output(output)
    release = Release(folder)
    splits = split or [name for name, names in release.splits.items() if names]
    total = sum(len(release.names(name)) for name in splits)
    found = dict(progress(captions(release, splits), "Reading", total))
    prompts = choose({name: caption for name, caption in found.items() if caption}, count)
    write_prompts(prompts, output)
    console = Console()
    console.print(
        f"{len(prompts):,} prompts in {output}, sha256 {fingerprint(prompts)}", highlight=False, soft_wrap=True
    )
    if without := [name for name, caption in found.items() if not caption]:
        console.print(
            f"{len(without):,} images have no caption: {', '.join(without[:20])}", style="yellow", soft_wrap=True
        )
