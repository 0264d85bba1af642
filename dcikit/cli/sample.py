"""`dci sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import Console


def sample_command(
    folder: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    seed: Annotated[int, typer.Option(help="Another seed draws other scenes.")] = 0,
) -> None:
    """Write the sample release, drawn scenes in DCI's own layout, to a folder."""
    from dcikit.data.sample import write_sample

    if folder.exists():
        raise ValueError(f"`folder` must not exist, {folder} does; give another name")
    write_sample(folder, seed=seed)
    Console().print(f"Sample release in {folder}", highlight=False, soft_wrap=True)
