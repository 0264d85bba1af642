"""A run over images: several at a time, until something stops it, and what is then known of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .dispatcher import Dispatcher
from .report import summarize
from .work_folder import Doc, WorkFolder, write_json


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        images, regions: walked over, those that were done already included.
        skipped: region-steps that were done already.
        failed: region-steps that got no answer, by reason; another run tries them again.
        stopped: why the run ended early; empty if it did not.
        report: all runs of the folder added up, as in its report.json.
    """

    images: int = 0
    regions: int = 0
    skipped: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    stopped: str = ""
    report: Doc = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.stopped and not self.failed

    def add(self, *, regions: int, skipped: int = 0, failed: Iterable[str] = (), stopped: str = "") -> None:
        """Counts an image."""
        self.regions += regions
        self.skipped += skipped
        self.stopped = self.stopped or stopped
        for kind in failed:
            self.failed[kind] = self.failed.get(kind, 0) + 1


@dataclass
class Run:
    """What a run needs beside its images.

    Attributes:
        folder: where it keeps what it knows.
        steps: what it takes each region through.
        settings: hash of the settings that texts depend on.
        client: the way to a language model; None: none is asked.
        at_once: how many images are worked on at the same time.
        listen: told after every image.
    """

    folder: WorkFolder
    steps: Sequence[str]
    settings: str
    client: Dispatcher | None
    at_once: int
    listen: Callable[[Outcome], None]
    outcome: Outcome = field(default_factory=Outcome)

    def over(self, names: Sequence[str], work: Callable[[str], Awaitable[None]]) -> Outcome:
        """Awaits `work` for each image, then writes report.json and a line of runs.jsonl, also after an error."""
        start, started = time.monotonic(), datetime.now(timezone.utc).isoformat(timespec="seconds")
        try:
            asyncio.run(self._images(iter(names), work))
        finally:
            self.outcome.report = summarize(self.folder, self.steps)
            write_json(self.folder.work / "report.json", self.outcome.report, indent=1)
            self.folder.add_run(self._log(time.monotonic() - start, started))
        return self.outcome

    async def _images(self, names: Iterator[str], work: Callable[[str], Awaitable[None]]) -> None:
        async def one_after_another() -> None:
            for name in names:
                if self.outcome.stopped:
                    break
                await work(name)
                self.outcome.images += 1
                self.listen(self.outcome)

        workers = [asyncio.ensure_future(one_after_another()) for _ in range(self.at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            if self.client is not None:
                await self.client.close()

    def _log(self, seconds: float, started: str) -> Doc:
        """What runs.jsonl says of a run; unlike the report it depends on when and how often it ran."""
        counts = {"counts": dict(self.client.counts), "errors": dict(self.client.errors)} if self.client else {}
        done = {"images": self.outcome.images, "failed": self.outcome.failed, "stopped": self.outcome.stopped}
        return {"started": started, "seconds": round(seconds, 3), "settings": self.settings, **done, **counts}
