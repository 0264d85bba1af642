"""What a reviewer has on the desk: the regions to be reviewed, and what was decided about them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

from dcikit.data.decisions import FILE, REJECTED, Decision, last_decisions, read_decisions, region_digest
from dcikit.schema.errors import ArgumentError

from ..store.errors import StaleError
from .queue import Key, Reviewed
from .source import Source


class Desk:
    """Reviews a release; its methods may be called by many threads.

    Args:
        source: the release.
        regions: those to be reviewed, in order.
    """

    def __init__(self, source: Source, regions: list[Reviewed]) -> None:
        self.source = source
        self.regions = regions
        self._annotators = {(each.image_id, each.region): each.annotator for each in regions}
        self._lock = Lock()
        self._path = source.release.folder / FILE
        self._path.parent.mkdir(exist_ok=True)
        _cut_half_a_line(self._path)
        decisions = list(read_decisions(source.release.folder))
        self._by_id = {decision.decision_id: decision for decision in decisions}
        self._last = last_decisions(decisions)

    def decisions(self) -> dict[Key, Decision]:
        """The last decision about each region."""
        with self._lock:
            return dict(self._last)

    def decide(self, decision: Decision) -> Decision:
        """Keeps a decision, with the time, and who described the region before; one that is known is passed over.

        Raises:
            ArgumentError: if the region is not on the desk, or a rejection has no reason.
            StaleError: if the region has other texts, quality or pixels now.
        """
        key = (decision.image_id, decision.region)
        if key not in self._annotators:
            raise ArgumentError(
                f"`region` must be one that is reviewed, got {decision.region!r} of {decision.image_id!r}"
            )
        if decision.verdict == REJECTED and not decision.reasons:
            raise ArgumentError("`reasons` must say why a region is rejected")
        with self._lock:
            if decision.decision_id in self._by_id:
                return self._by_id[decision.decision_id]
            record, version = self.source.read(decision.image_id)
            if decision.digest != region_digest(record, decision.region):
                raise StaleError(decision.image_id, -1, version)
            now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            decision = replace(decision, annotator=self._annotators[key], time=now)
            _append(self._path, decision.line())
            self._by_id[decision.decision_id] = self._last[key] = decision
            return decision


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _cut_half_a_line(path: Path) -> None:
    """Cuts off what a killed process left at the end, or the next line would be added to it."""
    if path.is_file():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
