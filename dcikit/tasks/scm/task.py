"""The task: which suites of sDCI, in groups of what size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dcikit.engine.items import Item, Row

from ..sdci_items import row_items
from ..task import OnDecision
from .items import narrowed
from .scorer import ScmScorer

SUITES = ("all", "pick5", "base", "hard", "image")
"""The four suites of the paper, and `image`, whose groups are the regions of one image."""


@dataclass(frozen=True)
class Scm:
    """SCM and Neg.

    Args:
        suites: some of `SUITES`.
        group_size: regions in a group of SCM; the protocol's is 8.

    Raises:
        ValueError: if a suite is unknown, or there is none, or a group would be empty.
    """

    suites: tuple[str, ...] = SUITES
    group_size: int = 8

    name = "scm"
    config = "sdci"
    needs = "region with a summary and negatives"
    joint = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "suites", check_suites(self.suites))
        if self.group_size < 1:
            raise ValueError(f"`group_size` must be at least 1, got {self.group_size}")

    def items(self, row: Row) -> list[Item]:
        return [narrowed(item, self.suites) for item in row_items(row)]

    def scorer(self, on_decision: OnDecision | None = None) -> ScmScorer:
        return ScmScorer(self.suites, self.group_size, on_decision)

    def protocol(self) -> dict[str, Any]:
        return {
            "name": "sdci",
            "suites": list(self.suites),
            "group_size": self.group_size,
            "grouping": "consecutive regions; image_*: the regions of one image",
            "pooling": "own captions: minimum; others: maximum",
            "ties": "first maximum wins; a negative must be beaten strictly",
            "interval": "95%, bootstrap over images",
        }


def check_suites(suites: Iterable[str]) -> tuple[str, ...]:
    """The suites in the order of `SUITES`.

    Raises:
        ValueError: if one is unknown, or there is none.
    """
    chosen = (suites,) if isinstance(suites, str) else tuple(suites)
    if not chosen or not set(chosen) <= set(SUITES):
        raise ValueError(f"`suites` must be some of {', '.join(SUITES)}, got {', '.join(map(str, chosen)) or 'none'}")
    return tuple(suite for suite in SUITES if suite in chosen)
