"""A progress bar of work that a model does: images done, requests a second, failures, time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from .console import Console


class _Counts(ProgressColumn):
    """`counts` as it is now: requests, their rate, and what failed."""

    def __init__(self, counts: Callable[[], Mapping[str, int]]) -> None:
        super().__init__()
        self.counts = counts
        self.start = time.monotonic()

    def render(self, task: Task) -> Text:
        counts = self.counts()
        if not counts:
            return Text("")
        a_second = counts.get("requests", 0) / max(0.001, time.monotonic() - self.start)
        return Text(f"{a_second:.1f} requests/s, {counts.get('failed', 0)} failed")


@contextmanager
def rate(total: int, what: str, counts: Callable[[], Mapping[str, int]]) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` items; on stderr, silent when that is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Counts(counts),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    off = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off, speed_estimate_period=600) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
