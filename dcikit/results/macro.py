"""A score that is the mean over groups of the share that is right: every group counts the same, however large."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dcikit.schema.score import Decision, Score

from .bootstrap import share_interval


class MacroTally:
    """Counts the decisions of one score, by group and image."""

    def __init__(self) -> None:
        self._groups: defaultdict[str, _Group] = defaultdict(_Group)
        self._excluded: Counter[str] = Counter()

    def count(self, group: str, decision: Decision) -> None:
        """Takes the decision on one region of a group."""
        counts = self._groups[group]
        counts.regions[decision.image_id] += 1
        counts.correct[decision.image_id] += decision.correct
        counts.tied += decision.tied
        counts.truncated += decision.truncated

    def exclude(self, reason: str) -> None:
        """Counts a region that the score cannot use."""
        self._excluded[reason] += 1

    def score(self, min_cases: int = 1) -> Score:
        """What is to be reported; its interval draws images, with all groups at once.

        Args:
            min_cases: groups of fewer regions are excluded.
        """
        groups = {name: each for name, each in self._groups.items() if each.regions.total() >= min_cases}
        excluded = Counter(self._excluded)
        if small := sum(each.regions.total() for each in self._groups.values() if each.regions.total() < min_cases):
            excluded[f"a group of fewer than {min_cases}"] += small
        regions, correct = Counter[str](), Counter[str]()
        for each in groups.values():
            regions.update(each.regions)
            correct.update(each.correct)
        by_group: dict[str, dict[str, tuple[float, int]]] = {
            name: {image: (each.correct[image], count) for image, count in each.regions.items()}
            for name, each in groups.items()
        }
        shares = [each.correct.total() / each.regions.total() for each in groups.values()]
        return Score(
            value=sum(shares) / len(shares) if shares else None,
            interval=share_interval(*group_columns(by_group, list(regions))) if shares else None,
            regions=regions.total(),
            excluded=dict(excluded),
            tied=sum(each.tied for each in groups.values()),
            truncated=sum(each.truncated for each in groups.values()),
            images={image: (correct[image], count) for image, count in regions.items()},
            groups=by_group,
        )


@dataclass
class _Group:
    """What is known of one group; `regions` and `correct` by image."""

    regions: Counter[str] = field(default_factory=Counter)
    correct: Counter[str] = field(default_factory=Counter)
    tied: int = 0
    truncated: int = 0


def group_columns(
    groups: Mapping[str, Mapping[str, tuple[float, int]]], images: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(images, groups) regions that are right, and regions that were scored."""
    counts = np.zeros((2, len(images), len(groups)))
    place = {image: number for number, image in enumerate(images)}
    for column, of_images in enumerate(groups.values()):
        for image, pair in of_images.items():
            counts[:, place[image], column] = pair
    return counts[0], counts[1]
