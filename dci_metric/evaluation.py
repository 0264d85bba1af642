"""A dataset and a model -> all scores, with what is needed to compare them (PROTOCOL §9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clip import ClipEncoder
from .encode import encode
from .entries import row_entries
from .suites import SUITES, SuiteRunner
from .tally import Score


@dataclass
class Evaluation:
    """The scores of a dataset.

    Attributes:
        scores: name -> score, in the order of the paper's table.
        images: images with entries.
        entries: regions that were scored in any suite.
        empty_images: images without entries.
        fingerprint: of keys, boxes and texts in order; None for scores of precomputed embeddings.
        group_size: entries in a group of SCM.
        suites: which were scored.
    """

    scores: dict[str, Score]
    images: int
    entries: int
    group_size: int
    suites: tuple[str, ...]
    empty_images: int = 0
    fingerprint: str | None = None


@dataclass
class Fingerprint:
    """A running hash of what is scored: image, key, box, captions, negatives and which of them is the hard one."""

    _digest: Any = field(default_factory=hashlib.sha256)
    empty_images: int = 0

    def watch(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Passes the rows on."""
        for row in rows:
            entries = row_entries(row)
            self.empty_images += not entries
            for entry in entries:
                parts = [
                    entry.image_id,
                    entry.key,
                    entry.crop_box,
                    entry.captions,
                    {kind: entry.negatives[kind] for kind in sorted(entry.negatives)},
                    entry.hard_negative,
                ]
                self._digest.update(json.dumps(parts).encode() + b"\n")
            yield row

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def evaluate_rows(
    rows: Iterable[Mapping[str, Any]],
    encoder: ClipEncoder,
    *,
    suites: tuple[str, ...] = SUITES,
    group_size: int = 8,
    batch_size: int = 32,
) -> Evaluation:
    """Scores a model on rows of config `sdci`, in one pass.

    Raises:
        ValueError: if there is nothing to score, or a row cannot be scored.
    """
    runner = SuiteRunner(suites, group_size)
    fingerprint = Fingerprint()
    for entry in encode(fingerprint.watch(rows), encoder, suites, batch_size):
        runner.add(entry)
    if not runner.entries:
        raise ValueError("`dataset` has no region with a summary and negatives, so there is nothing to score")
    return finish(runner, fingerprint)


def finish(runner: SuiteRunner, fingerprint: Fingerprint | None = None) -> Evaluation:
    """The scores, once all entries were added."""
    runner.finish()
    return Evaluation(
        scores={name: tally.score() for name, tally in runner.tallies.items()},
        images=runner.images,
        entries=runner.entries,
        group_size=runner.group_size,
        suites=runner.suites,
        empty_images=fingerprint.empty_images if fingerprint else 0,
        fingerprint=fingerprint.hexdigest() if fingerprint else None,
    )
