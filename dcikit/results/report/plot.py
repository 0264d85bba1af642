"""Where the marks of an interval plot stand. Places are percentages of its width: it fits any screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .side_by_side import Cell

_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_INSET = 3.0
"""Percent of the width that is left free at both ends, for the marks and the labels of the ends."""


@dataclass(frozen=True)
class Mark:
    """A value and its interval; the ends are the value where there is no interval."""

    place: int
    at: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Plot:
    """One score of all results; `ticks` are (place, label); `chance`: None if it is not known or not the same."""

    marks: list[Mark]
    ticks: list[tuple[float, str]]
    chance: float | None


def plot(cells: Sequence[Cell | None]) -> Plot | None:
    """The plot of one score, its axis no longer than the intervals and chance need; None if there is no value."""
    shown = [(place, cell, cell.value) for place, cell in enumerate(cells) if cell and cell.value is not None]
    if not shown:
        return None
    ends = [end for _, cell, value in shown for end in (cell.ends or (value, value))]
    expected = {cell.chance for _, cell, _ in shown}
    by_chance = expected.pop() if len(expected) == 1 else None
    ends += [] if by_chance is None else [by_chance]
    ticks = axis(min(ends), max(ends))
    first, last = ticks[0], ticks[-1]

    def at(value: float) -> float:
        return round(_INSET + (100 - 2 * _INSET) * (value - first) / (last - first), 3)

    marks = []
    for place, cell, value in shown:
        low, high = cell.ends or (value, value)
        marks.append(Mark(place, at(value), at(low), at(high), cell.percent))
    return Plot(
        marks, [(at(tick), f"{100 * tick:.10g}") for tick in ticks], None if by_chance is None else at(by_chance)
    )


def axis(low: float, high: float, most: int = 5) -> list[float]:
    """At most `most` + 1 round ticks around an interval, at least two, all from 0 to 1."""
    step = next((step for step in _STEPS if (high - low) / step <= most - 1), _STEPS[-1])
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    if last * step > 1 + 1e-9:
        first, last = first - 1, last - 1
    return [round(n * step, 6) for n in range(first, last + 1)]
