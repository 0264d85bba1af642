"""`dci score-negatives`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.schema.paper import CLIP

from .console import Console
from .progress import counter
from .quiet import quiet_libraries
from .split import Split, chosen_names


def score_negatives_command(
    folder: Annotated[Path, typer.Argument(help="A release folder; complete/ gets `clip_scores`.")],
    model: Annotated[str, typer.Option(help="Hub id or folder of a CLIP model.")] = CLIP,
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.all,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace scores that others, or another model, made.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops, and texts, of one forward pass.")] = 32,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; default: the GPU if there is one.")] = None,
) -> None:
    """Score captions and negatives with CLIP, so that the hardest negative of a region is known."""
    with Console(stderr=True).status("Loading the model"):
        from dcikit.api.score_negatives import score_release
        from dcikit.data.release import Release

        quiet_libraries()
    release = Release(folder)
    counts, _ = score_release(
        release,
        chosen_names(release, split, limit),
        model,
        device=device,
        batch_size=batch_size,
        overwrite=overwrite,
        progress=counter,
    )
    console = Console()
    console.print(f"{counts.scored:,} regions scored, {counts.before:,} had scores before")
    console.print(f"Written to {folder / 'complete'}", highlight=False, soft_wrap=True)
