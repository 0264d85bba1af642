"""Progress on stderr: a bar in a terminal, elsewhere a line a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .console import Console

T = TypeVar("T")

_EVERY = 60.0
"""Seconds between two lines."""

_live: list[Progress] = []
"""The display that is open now, for a terminal can have one only."""


def progress(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """Passes the items on and shows how many of `total` are done."""
    with counter(what, total) as count:
        for item in items:
            yield item
            count(1)


@contextmanager
def counter(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told how many more of `total` are done; None: nobody knows how many there are."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console, what, total)
        return
    if _live:  # such as a validation during a training: a line below
        yield from _bar(_live[-1], what, total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        _live.append(bar)
        try:
            yield from _bar(bar, what, total)
        finally:
            _live.remove(bar)


def _bar(live: Progress, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    task = live.add_task(what, total=total)
    try:
        yield lambda done: live.advance(task, done)
    finally:
        live.remove_task(task)


def _lines(console: Console, what: str, total: int | None) -> Callable[[int], None]:
    start = told = time.monotonic()
    sum_done = 0

    def count(done: int) -> None:
        nonlocal told, sum_done
        sum_done += done
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            of = f" of {total:,}" if total else ""
            minutes = (told - start) / 60
            console.print(f"{what}: {sum_done:,}{of} after {minutes:.0f} min", markup=False, highlight=False)

    return count
