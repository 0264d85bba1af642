"""What needs no image, beside what was measured with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dcikit.schema.score import Score

from ..blind_baselines import BASELINES, KINDS, baseline
from .measured import Measured


@dataclass(frozen=True)
class BlindRow:
    """A baseline, or the model itself: the score of each kind of negative, None where there is none."""

    name: str
    scores: list[Score | None]
    is_model: bool


@dataclass(frozen=True)
class BlindTable:
    """The baselines of one result; `index`: which."""

    index: int
    kinds: list[str]
    rows: list[BlindRow]


def blind(measured: Sequence[Measured]) -> list[BlindTable]:
    """A table of each result that has blind baselines, the model's own scores last."""
    tables = []
    for index, each in enumerate(measured):
        section = each.results.blind
        if section is None:
            continue
        rows = [BlindRow(text, baseline(section, name), is_model=False) for name, text in BASELINES.items()]
        own = [each.results.scores.get(score) for score in KINDS.values()]
        rows = [row for row in rows if any(row.scores)] + [BlindRow("the model, with the image", own, is_model=True)]
        tables.append(BlindTable(index, list(KINDS), rows))
    return tables
