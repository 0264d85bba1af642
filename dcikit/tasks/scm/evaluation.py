"""A dataset and a model -> all scores, with what is needed to compare them (docs/protocol.md §9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dcikit.encoders.encoder import Encoder
from dcikit.engine.fingerprint import Fingerprint
from dcikit.engine.prepare import Reader, row_readers
from dcikit.engine.windows import Run, encoded_windows
from dcikit.results.tally import Score

from .suites import SUITES, SuiteRunner, Watch


@dataclass
class Evaluation:
    """The scores of a dataset.

    Attributes:
        scores: name -> score, in the order of the paper's table.
        images: images with entries.
        regions: those that were scored in any suite.
        group_size: entries in a group of SCM.
        suites: which were scored.
        empty_images: images without regions.
        skipped: place of a reader -> why its image was left out, which could not be read.
        fingerprint: of keys, boxes and texts in order; None for scores of precomputed embeddings.
    """

    scores: dict[str, Score]
    images: int
    regions: int
    group_size: int
    suites: tuple[str, ...]
    empty_images: int = 0
    skipped: dict[int, str] = field(default_factory=dict)
    fingerprint: str | None = None
    task = "scm"

    def protocol_facts(self) -> dict[str, Any]:
        """How the scores came about: results are comparable only where this agrees."""
        return {
            "name": "sdci",
            "suites": list(self.suites),
            "group_size": self.group_size,
            "grouping": "consecutive regions; image_*: the regions of one image",
            "pooling": "own captions: minimum; others: maximum",
            "ties": "first maximum wins; a negative must be beaten strictly",
            "interval": "95%, bootstrap over images",
        }


def evaluate_rows(
    rows: Iterable[Mapping[str, Any]],
    encoder: Encoder,
    *,
    suites: tuple[str, ...] = SUITES,
    group_size: int = 8,
    batch_size: int = 32,
) -> Evaluation:
    """Scores a model on rows of config `sdci`, in one pass.

    Raises:
        ValueError: if there is nothing to score, or a row cannot be scored.
    """
    return evaluate(row_readers(rows), encoder, suites=suites, group_size=group_size, run=Run(batch_size))


def evaluate(
    readers: Iterable[Reader],
    encoder: Encoder,
    *,
    suites: tuple[str, ...] = SUITES,
    group_size: int = 8,
    run: Run,
    watch: Watch | None = None,
) -> Evaluation:
    """Scores a model on rows that are read when they are needed.

    Args:
        readers: each reads a row of config `sdci`.
        encoder: the model.
        suites: some of `SUITES`.
        group_size: entries in a group of SCM.
        run: batch size, workers, processes and cache.
        watch: see `SuiteRunner`.

    Raises:
        ValueError: if there is nothing to score, or a row cannot be scored.
    """
    runner = SuiteRunner(suites, group_size, watch)
    fingerprint = Fingerprint()
    empty_images = 0
    skipped: dict[int, str] = {}
    for window in encoded_windows(readers, encoder, suites, run):
        empty_images += window.empty_images
        skipped |= window.skipped
        for entry, scored in window.scored(encoder):
            fingerprint.add(entry)
            runner.add(scored)
    if not runner.regions:
        raise ValueError("`dataset` has no region with a summary and negatives, so there is nothing to score")
    evaluation = finish(runner)
    evaluation.empty_images = empty_images
    evaluation.skipped = skipped
    evaluation.fingerprint = fingerprint.hexdigest()
    return evaluation


def finish(runner: SuiteRunner) -> Evaluation:
    """The scores, once all entries were added."""
    runner.finish()
    return Evaluation(
        scores={name: tally.score() for name, tally in runner.tallies.items()},
        images=runner.images,
        regions=runner.regions,
        group_size=runner.group_size,
        suites=runner.suites,
    )
