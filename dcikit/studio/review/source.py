"""A release that is reviewed: its images, who changed them, and whether they can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError, DciError

from ..store.journal import Event, Journal
from ..store.store import FOLDER, Store
from .queue import Reviewed, regions_of


@dataclass(frozen=True)
class Source:
    """A release.

    Attributes:
        store: what changes it; None: nothing can be fixed, `no_fix` says why.
        journal: of those who annotated it; None: nobody knows who did.
    """

    release: Release
    store: Store | None
    no_fix: str
    journal: Journal | None

    @cached_property
    def image_ids(self) -> frozenset[str]:
        return frozenset(name.removesuffix("-data.json") for name in self.release.all_names)

    def read(self, image_id: str) -> tuple[Record, int]:
        """An image, and its version; 0 where nothing can be fixed."""
        if self.store is not None:
            return self.store.read(image_id)
        if image_id not in self.image_ids:
            raise ArgumentError(f"`image_id` must be an image of {self.release.folder}, got {image_id!r}")
        return self.release.read(f"{image_id}-data.json", summaries=False, photo=False), 0

    def regions(self) -> Iterator[list[Reviewed]]:
        """The regions that say anything, image by image."""
        for names in self.release.splits.values():
            for name in names:
                image_id = name.removesuffix("-data.json")
                yield list(regions_of(self.read(image_id)[0], self._events(image_id)))

    def _events(self, image_id: str) -> list[Event]:
        if self.store is not None:
            return self.store.history(image_id)
        return self.journal.events(image_id) if self.journal else []


@contextmanager
def opened_source(release: Release) -> Iterator[Source]:
    """A release with its store if that is to be had: not one with summaries, nor one that is being annotated."""
    with ExitStack() as stack:
        try:
            yield Source(release, stack.enter_context(Store(release)), "", None)
            return
        except DciError as error:
            no_fix = str(error)
        path = release.folder / FOLDER / "journal.sqlite"
        journal = Journal(path) if path.is_file() else None
        if journal is not None:
            stack.callback(journal.close)
        yield Source(release, None, no_fix, journal)
