"""The results side by side, with what is really different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from dcikit.schema.titles import grouped, interval_text, percent, title

from .measured import Measured

if TYPE_CHECKING:
    from ..compare import Difference


@dataclass(frozen=True)
class Cell:
    """One score of one result; `best`: really better than all others that can be compared with it."""

    value: float | None
    ends: tuple[float, float] | None
    best: bool
    regions: int | None
    excluded: Mapping[str, int]
    tied: int | None
    truncated: int | None

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


@dataclass(frozen=True)
class SideBySide:
    """All of it; `compared`: the places of the results that can be compared with the first."""

    sections: dict[str, list[Row]]
    compared: list[int]
    tested: bool


def side_by_side(measured: Sequence[Measured]) -> SideBySide:
    """The table of the page."""
    from dcikit.schema.comparable import comparable_groups

    from ..compare import compare_results

    documents = [each.document for each in measured]
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
                first = max(having, key=lambda place: documents[place]["scores"][name]["value"])
                others = [place for place in having if place != first]
                if all(pair(min(first, other), max(first, other))[name].real_holm for other in others):
                    found.add(first)
        return found

    compared = groups[0][1:] if _shares_a_score(documents, groups[0]) else []

    def row(name: str) -> Row:
        winners = best(name)
        cells = [_cell(document, name, place in winners) for place, document in enumerate(documents)]
        return Row(name, title(name), cells, [pair(0, place).get(name) for place in compared])

    names = [name for document in documents for name in document["scores"]]
    sections = {section: [row(name) for name in found] for section, found in grouped(names).items()}
    return SideBySide(sections, compared, tested=any(len(group) > 1 for group in groups))


def _shares_a_score(documents: Sequence[Mapping[str, Any]], group: Sequence[int]) -> bool:
    return all(set(documents[group[0]]["scores"]) & set(documents[place]["scores"]) for place in group)


def _value(document: Mapping[str, Any], name: str) -> float | None:
    return document["scores"].get(name, {}).get("value")


def _cell(document: Mapping[str, Any], name: str, best: bool) -> Cell | None:
    score = document["scores"].get(name)
    if score is None:
        return None
    ends = tuple(score["interval"]) if score.get("interval") else None
    return Cell(
        value=score["value"],
        ends=ends,
        best=best,
        regions=score.get("regions"),
        excluded=score.get("excluded") or {},
        tied=score.get("tied"),
        truncated=score.get("truncated"),
    )
