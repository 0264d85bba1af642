"""Captions and negatives of a release -> their CLIP scores in `complete/`."""

from __future__ import annotations

from collections.abc import Sequence

from dcikit.captions.clip_scores import ScoreStore
from dcikit.captions.score_negatives import Counts, score_negatives
from dcikit.data.release import Release
from dcikit.encoders.models import load_encoder
from dcikit.engine.progress import Progress, silent
from dcikit.engine.windows import Run
from dcikit.schema.paper import CLIP


def score_release(
    release: Release,
    names: Sequence[str],
    model: str = CLIP,
    *,
    revision: str | None = None,
    device: str | None = None,
    batch_size: int = 32,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Counts, str | None]:
    """Scores what is not scored yet, in float32.

    Args:
        release: its `complete/` is read and written.
        names: annotation files.
        model: Hub id or folder of a CLIP model.
        revision: of a model on the Hub; None: the newest.
        device: None: the GPU if there is one.
        batch_size: crops, and texts, of one forward pass.
        overwrite: replace scores that others, or another model, made.
        progress: shows how far it is.

    Returns:
        How many regions were scored, and the revision of the model.
    """
    encoder = load_encoder(model, device=device, dtype="float32", revision=revision)
    store = ScoreStore(release, overwrite=overwrite)
    with store.lock(), progress("Scoring", len(names)) as count:
        counts = score_negatives(store, names, model, encoder, Run(batch_size, callback=count))
    return counts, encoder.revision
