"""What reviewers decided, added up by annotator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dcikit.data.decisions import Decision

from .queue import Reviewed


@dataclass
class Rate:
    """The decisions about one annotator's regions.

    Attributes:
        verdicts: accepted, fixed, rejected -> regions.
        reasons: of the fixed and rejected ones.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def reviewed(self) -> int:
        return self.verdicts.total()

    @property
    def accepted(self) -> float:
        """The share of regions that were accepted as they were."""
        return self.verdicts["accepted"] / self.reviewed if self.reviewed else float("nan")


def rates(decisions: Iterable[Decision]) -> dict[str, Rate]:
    """Annotator -> rate, by name; "" is the regions that nobody is known to have described.

    Args:
        decisions: the last one about each region.
    """
    found: dict[str, Rate] = {}
    for decision in decisions:
        rate = found.setdefault(decision.annotator, Rate())
        rate.verdicts[decision.verdict] += 1
        rate.reasons.update(decision.reasons)
    return dict(sorted(found.items()))


def suggestions(regions: Iterable[Reviewed]) -> dict[str, Counter[str]]:
    """Annotator -> what became of the suggestions in the masks that they described, by name."""
    found: dict[str, Counter[str]] = {}
    for region in regions:
        if region.suggestion:
            found.setdefault(region.annotator, Counter())[region.suggestion] += 1
    return dict(sorted(found.items()))
