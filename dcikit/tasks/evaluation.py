"""A task, a dataset and a model -> scores, with what is needed to compare them (docs/protocol.md §9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.encoders.patch_encoder import PatchEncoder
from dcikit.engine.fingerprint import Fingerprint
from dcikit.engine.modality_gap import GapMeter
from dcikit.engine.prepare import Reader
from dcikit.engine.windows import Run, encoded_windows
from dcikit.results.tally import Score
from dcikit.schema.errors import ArgumentError, ModelError, NothingToScoreError
from dcikit.schema.results import ModalityGap

from .task import OnDecision, Scorer, Task


@dataclass
class Evaluation:
    """What came of scoring a dataset.

    Attributes:
        task: its name.
        protocol: how the scores came about.
        scores: name -> score, in the order of a table.
        images: images with regions that were scored.
        regions: how many regions the task read.
        empty_images: images without any.
        excluded_images: suite -> image -> why the suite drops the whole image.
        skipped: index of a reader -> why its image was skipped, which could not be read.
        fingerprint: of the items in order; None for what was encoded elsewhere.
        modality_gap: None for a model that scores pairs, and for what was encoded elsewhere.
        processes: how many shared the work.
    """

    task: str
    protocol: dict[str, Any]
    scores: dict[str, Score]
    images: int
    regions: int
    empty_images: int = 0
    excluded_images: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    fingerprint: str | None = None
    modality_gap: ModalityGap | None = None
    processes: int = 1


def evaluate(
    task: Task, readers: Iterable[Reader], encoder: Encoder, run: Run, on_decision: OnDecision | None = None
) -> Evaluation:
    """Scores a model on rows that are read when they are needed, in one pass.

    Args:
        task: what is asked.
        readers: each reads a row of the task's config.
        encoder: the model.
        run: batch size, workers, processes and cache.
        on_decision: is called with each decision behind the scores.

    Raises:
        NothingToScoreError: if there is nothing to score.
        ModelError: if the model cannot do what the task asks.
        ValueError: if a row cannot be scored.
    """
    return evaluate_with(task.scorer(on_decision), task, readers, encoder, run)


def evaluate_with(scorer: Scorer, task: Task, readers: Iterable[Reader], encoder: Encoder, run: Run) -> Evaluation:
    """The same with a scorer that the caller keeps, for what it knows beyond the scores."""
    if isinstance(encoder, CrossEncoder) and not task.joint:
        raise ModelError(
            f"`model` must embed images and texts apart for task {task.name}; "
            f"a {type(encoder.model).__name__} scores them pair by pair"
        )
    if task.patches and not isinstance(encoder, PatchEncoder):
        raise ArgumentError(f"`encoder` must answer with patches for task {task.name}; see `patch_encoder`")
    fingerprint = Fingerprint()
    gap = GapMeter()
    images: set[str] = set()
    regions = empty_images = 0
    skipped: dict[int, str] = {}
    excluded_images: dict[str, dict[str, str]] = {}
    for window in encoded_windows(readers, encoder, task.items, run):
        empty_images += window.empty_images
        skipped |= window.skipped
        if not isinstance(encoder, (CrossEncoder, PatchEncoder)):
            gap.add(window)
        for excluded in window.excluded:
            if excluded.suite is None:
                scorer.exclude(excluded)
            else:
                excluded_images.setdefault(excluded.suite, {})[excluded.image_id] = excluded.reason
        for encoded in window.encoded(encoder, run.processes):
            images.add(encoded.item.image_id)
            regions += 1
            fingerprint.add(encoded.item.identity)
            scorer.add(encoded)
    if not regions:
        why = sorted({reason for images in excluded_images.values() for reason in images.values()})
        reasons = f" (its images have: {', '.join(why)}; see `protocol`)" if why else ""
        raise NothingToScoreError(f"`dataset` has no {task.needs}{reasons}, so there is nothing to score")
    return Evaluation(
        task=task.name,
        protocol=task.protocol(),
        scores=scorer.finish(),
        images=len(images),
        regions=regions,
        empty_images=empty_images,
        excluded_images=excluded_images,
        skipped=skipped,
        fingerprint=fingerprint.hexdigest(),
        modality_gap=gap.gap(),
        processes=run.processes.count,
    )
