"""The results side by side, with what is really different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dcikit.schema.results import Results
from dcikit.schema.titles import grouped, interval_text, percent, title

from ..chance import chance
from .measured import Measured

if TYPE_CHECKING:
    from ..compare import Difference


@dataclass(frozen=True)
class Cell:
    """One score of one result; `best`: really better than all others that can be compared with it."""

    value: float | None
    ends: tuple[float, float] | None
    best: bool
    regions: int
    excluded: Mapping[str, int]
    tied: int
    truncated: int
    chance: float | None

    @property
    def percent(self) -> str:
        return percent(self.value)

    @property
    def interval(self) -> str:
        return interval_text(self.ends) if self.ends else ""


@dataclass(frozen=True)
class Row:
    """One score: a cell of each result, None where it was not measured, and its difference from the first result's."""

    name: str
    title: str
    cells: list[Cell | None]
    differences: list[Difference | None]

    @property
    def chance(self) -> str:
        """What a random model gets; empty if that is not known, or differs between the results."""
        found = {percent(cell.chance, 1) for cell in self.cells if cell is not None}
        return found.pop() if len(found) == 1 and "-" not in found else ""


@dataclass(frozen=True)
class SideBySide:
    """All of it; `compared`: the places of the results that can be compared with the first."""

    sections: dict[str, list[Row]]
    compared: list[int]
    tested: bool

    @property
    def has_chance(self) -> bool:
        """Whether chance is known for any score."""
        return any(row.chance for rows in self.sections.values() for row in rows)


def side_by_side(measured: Sequence[Measured]) -> SideBySide:
    """The table of the page."""
    from dcikit.schema.comparable import comparable_groups

    from ..compare import compare_results

    documents = [each.results for each in measured]
    groups = comparable_groups(documents)

    @cache
    def pair(a: int, b: int) -> dict[str, Difference]:
        return compare_results(documents[a], documents[b], (measured[a].path, measured[b].path))

    def best(name: str) -> set[int]:
        """The places of the results that are really better than each other one of their group."""
        found = set()
        for group in groups:
            having = [place for place in group if _value(documents[place], name) is not None]
            if len(having) > 1:
                first = max(having, key=lambda place: _value(documents[place], name) or 0)
                others = [place for place in having if place != first]
                if all(pair(min(first, other), max(first, other))[name].real_holm for other in others):
                    found.add(first)
        return found

    compared = groups[0][1:] if _shares_a_score(documents, groups[0]) else []

    def row(name: str) -> Row:
        winners = best(name)
        cells = [_cell(document, name, place in winners) for place, document in enumerate(documents)]
        return Row(name, title(name), cells, [pair(0, place).get(name) for place in compared])

    names = [name for document in documents for name in document.scores]
    sections = {section: [row(name) for name in found] for section, found in grouped(names).items()}
    return SideBySide(sections, compared, tested=any(len(group) > 1 for group in groups))


def _shares_a_score(documents: Sequence[Results], group: Sequence[int]) -> bool:
    return all(set(documents[group[0]].scores) & set(documents[index].scores) for index in group)


def _value(results: Results, name: str) -> float | None:
    score = results.scores.get(name)
    return score.value if score else None


def _cell(results: Results, name: str, best: bool) -> Cell | None:
    score = results.scores.get(name)
    if score is None:
        return None
    return Cell(
        value=score.value,
        ends=score.interval,
        best=best,
        regions=score.regions,
        excluded=score.excluded,
        tied=score.tied,
        truncated=score.truncated,
        chance=chance(results, name),
    )
