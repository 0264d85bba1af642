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
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


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
