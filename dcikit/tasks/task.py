"""The contract between a task and the engine: a task names items, the engine encodes them, a scorer judges them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dcikit.engine.items import EncodedItem, Excluded, Item, Row
from dcikit.results.tally import Decision, Score, Tally

OnDecision = Callable[[str, Decision], None]
"""Is called with the name of a score and each of its decisions."""


class Task(Protocol):
    """A question to a model. It holds settings only and is picklable, for worker processes call `items`.

    Attributes:
        name: what `task=` calls it.
        config: which rows it reads, `dci`, `sdci` or `dci+sdci`, see `schema.configs`.
        needs: what a row must have to be scored, for the error when no row has it.
        joint: whether a model that reads image and text together, pair by pair, can answer it.
        patches: whether it takes a model that answers with the patches of a crop, a `PatchEncoder`.
    """

    @property
    def name(self) -> str: ...

    @property
    def config(self) -> str: ...

    @property
    def needs(self) -> str: ...

    @property
    def joint(self) -> bool: ...

    @property
    def patches(self) -> bool: ...

    def items(self, row: Row) -> Sequence[Item | Excluded]:
        """What is encoded of a row.

        Raises:
            ValueError: if it is not a row that the task reads.
        """

    def scorer(self, on_decision: OnDecision | None = None) -> Scorer:
        """Judges the encoded items of one dataset."""

    def protocol(self) -> dict[str, Any]:
        """How the scores come about, with a `name`: results are comparable only where this agrees."""


class Scorer(Protocol):
    """Takes the encoded items of a dataset one after another."""

    def add(self, encoded: EncodedItem) -> None:
        """Takes the next item."""

    def exclude(self, excluded: Excluded) -> None:
        """Takes notice of a region that the task cannot use."""

    def finish(self) -> dict[str, Score]:
        """The scores, name -> score, in the order of a table."""


class TallyScorer:
    """A scorer that counts decisions as they come; a task's own scorer says in `add` what they are.

    Args:
        names: of the scores, in the order of a table.
        on_decision: see `OnDecision`.
    """

    def __init__(self, names: Sequence[str], on_decision: OnDecision | None = None) -> None:
        self.tallies = {name: Tally() for name in names}
        self._on_decision = on_decision

    def count(self, name: str, decision: Decision) -> None:
        """Takes a decision of the score `name`."""
        self.tallies[name].count(decision)
        if self._on_decision:
            self._on_decision(name, decision)

    def exclude(self, excluded: Excluded) -> None:
        for tally in self.tallies.values():
            tally.exclude(excluded.reason)

    def finish(self) -> dict[str, Score]:
        return {name: tally.score() for name, tally in self.tallies.items()}
