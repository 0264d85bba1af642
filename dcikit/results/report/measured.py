"""A result on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dcikit.schema.results import Results

from ..labels import dataset_label, labels


@dataclass(frozen=True)
class Measured:
    """A result.

    Attributes:
        path: where it was read, for errors and its provenance.
        results: what was measured.
        label: the model, told from those of the other results.
    """

    path: str
    results: Results
    label: str

    @property
    def dataset(self) -> str:
        """What was scored, short."""
        return dataset_label(self.results)


def side_by_side_of(found: Sequence[tuple[str, Results]]) -> list[Measured]:
    """The results with their labels, in order."""
    names = labels([results for _, results in found])
    return [Measured(path, results, name) for (path, results), name in zip(found, names, strict=True)]


def letter(index: int) -> str:
    """A, B, C, ..., Z, then 27, 28, ...: what a result is called on the page."""
    return chr(ord("A") + index) if index < 26 else str(index + 1)
