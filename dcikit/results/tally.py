"""The decisions behind one score, and what is reported of them (docs/protocol.md §9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .bootstrap import share_interval


@dataclass(frozen=True)
class Score:
    """A score and how it came about.

    Attributes:
        value: share of the entries that are right; None if there are none.
        interval: 95% interval of the value, bootstrap over images; None with fewer than two images.
        entries: how many were scored.
        left_out: reason -> how many were not.
        tied: entries whose own score was equalled exactly.
        truncated: captions and negatives that were cut at the model's context.
        images: image -> (right, scored) entries of it.
    """

    value: float | None
    interval: tuple[float, float] | None
    entries: int
    left_out: dict[str, int]
    tied: int
    truncated: int
    images: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Decision:
    """One entry's part in one score.

    Attributes:
        image_id, key: the entry.
        own: score of its own caption, the lowest of several.
        rival: the highest other score: of another entry, or of the negative; None in a group of one.
        chosen: what it chose: "image_id/key" of an entry, "caption", or the negative, such as "swaps_0".
        correct: whether that is right.
        truncated: how many of the texts were cut at the model's context.
    """

    image_id: str
    key: str
    own: float
    rival: float | None
    chosen: str
    correct: bool
    truncated: int

    @property
    def tied(self) -> bool:
        """Whether its own score was equalled exactly."""
        return self.own == self.rival


class Tally:
    """Counts the decisions of one score, by image."""

    def __init__(self) -> None:
        self._correct: Counter[str] = Counter()
        self._entries: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._tied = 0
        self._truncated = 0

    def count(self, decision: Decision) -> None:
        """Takes the decision on one entry."""
        self._entries[decision.image_id] += 1
        self._correct[decision.image_id] += decision.correct
        self._tied += decision.tied
        self._truncated += decision.truncated

    def leave_out(self, reason: str) -> None:
        self._left_out[reason] += 1

    def score(self) -> Score:
        """What is to be reported."""
        entries = self._entries.total()
        correct = np.array([self._correct[image] for image in self._entries], dtype=np.int64)
        total = np.array(list(self._entries.values()), dtype=np.int64)
        return Score(
            value=self._correct.total() / entries if entries else None,
            interval=share_interval(correct, total),
            entries=entries,
            left_out=dict(self._left_out),
            tied=self._tied,
            truncated=self._truncated,
            images={image: (self._correct[image], total) for image, total in self._entries.items()},
        )
