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
        self._right: dict[str, float] = {}
        self._regions: Counter[str] = Counter()
        self._excluded: Counter[str] = Counter()
        self._tied = 0
        self._truncated = 0
        self._chance: float | None = None

    def count(self, decision: Decision) -> None:
        """Takes the decision on one region."""
        self._regions[decision.image_id] += 1
        self._right[decision.image_id] = self._right.get(decision.image_id, 0) + decision.right
        self._tied += decision.tied
        self._truncated += decision.truncated
        if decision.chance is not None:
            self._chance = (self._chance or 0) + decision.chance

    def exclude(self, reason: str) -> None:
        """Counts a region that the score cannot use."""
        self._excluded[reason] += 1

    def score(self) -> Score:
        """What is to be reported."""
        regions = self._regions.total()
        right = np.array([self._right[image] for image in self._regions])
        total = np.array(list(self._regions.values()), dtype=np.int64)
        return Score(
            value=sum(self._right.values()) / regions if regions else None,
            interval=share_interval(right, total),
            regions=regions,
            excluded=dict(self._excluded),
            tied=self._tied,
            truncated=self._truncated,
            images={image: (self._right[image], total) for image, total in self._regions.items()},
            chance=None if self._chance is None else self._chance / regions,
        )
