"""`dci score-negatives`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import Console
from .progress import counter
from .split import Split, chosen_names
from .tokenizer import CLIP


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
    from dcikit.captions.clip_scores import ScoreStore
    from dcikit.data.release import Release

    release = Release(folder)
    names = chosen_names(release, split, limit)
    with Console(stderr=True).status("Loading the model"):
        import transformers

        from dcikit.captions.score_negatives import score_negatives
        from dcikit.encoders.models import load_encoder
        from dcikit.engine.windows import Run

        transformers.utils.logging.disable_progress_bar()
        encoder = load_encoder(model, device=device, dtype="float32")
    store = ScoreStore(release, overwrite=overwrite)
    with store.lock(), counter("Scoring", len(names)) as count:
        counts = score_negatives(store, names, model, encoder, Run(batch_size, callback=count))
    console = Console()
    console.print(f"{counts.scored:,} regions scored, {counts.before:,} had scores before")
    console.print(f"Written to {folder / 'complete'}", highlight=False, soft_wrap=True)
