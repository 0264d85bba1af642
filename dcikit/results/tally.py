"""The decisions behind one score, and what is reported of them (docs/protocol.md §9)."""

from __future__ import annotations

from collections import Counter

import numpy as np

from dcikit.schema.score import Decision, Score

from .bootstrap import share_interval

__all__ = ["Decision", "Score", "Tally"]


class Tally:
    """Counts the decisions of one score, by image."""

    def __init__(self) -> None:
        self._correct: Counter[str] = Counter()
        self._regions: Counter[str] = Counter()
        self._excluded: Counter[str] = Counter()
        self._tied = 0
        self._truncated = 0

    def count(self, decision: Decision) -> None:
        """Takes the decision on one region."""
        self._regions[decision.image_id] += 1
        self._correct[decision.image_id] += decision.correct
        self._tied += decision.tied
        self._truncated += decision.truncated

    def exclude(self, reason: str) -> None:
        """Counts a region that the score cannot use."""
        self._excluded[reason] += 1

    def score(self) -> Score:
        """What is to be reported."""
        regions = self._regions.total()
        correct = np.array([self._correct[image] for image in self._regions], dtype=np.int64)
        total = np.array(list(self._regions.values()), dtype=np.int64)
        return Score(
            value=self._correct.total() / regions if regions else None,
            interval=share_interval(correct, total),
            regions=regions,
            excluded=dict(self._excluded),
            tied=self._tied,
            truncated=self._truncated,
            images={image: (self._correct[image], total) for image, total in self._regions.items()},
        )
