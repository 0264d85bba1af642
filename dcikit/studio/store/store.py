"""A release that is annotated: every change is in the journal first, then in the release's own file.

    with Store(release) as store:
        store.lease("100001", session="tab 1", author="Ada")
        caption = {"field": "short_caption", "text": "A hut."}
        store.change(Change("event 1", "100001", "tab 1", "Ada", 0, "write", caption))

A process that is killed loses nothing: what the journal has and a file has not is written when the store is opened. The
files are replaced whole and checked before, so the folder is a release that `dci verify` accepts at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.files.exclusive import exclusive
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import remove_unfinished
from dcikit.schema.errors import ArgumentError

from .actions import STATUS, edits_of
from .document import Doc, Edit, as_record, edited, normalised, write_document
from .errors import StaleError
from .journal import Event, Journal
from .leases import Lease, Leases
from .undo import REDO, UNDO, undoable

FOLDER = "studio"
"""The folder of a release that holds the journal."""


@dataclass(frozen=True)
class Change:
    """What a page asks for.

    Attributes:
        event_id: chosen by the page; the same one sent again is answered as before, and changes nothing.
        session: the page.
        author: the name of whoever sits there.
        version: that of the image that the page shows.
        action, payload: see `actions`; also "undo" and "redo", without payload.
    """

    event_id: str
    image_id: str
    session: str
    author: str
    version: int
    action: str
    payload: dict[str, Any] = field(default_factory=dict)


class Store:
    """Reads and changes the annotations of a release; its methods may be called by many threads.

    Args:
        release: a folder with `annotations/` and without `complete/`, whose summaries would no longer be those of the
            captions.
        clock: seconds, for leases.

    Raises:
        ArgumentError: if the folder cannot be annotated.
        DciError: if another process annotates it.
    """

    def __init__(self, release: Release, clock: Callable[[], float] = time.time) -> None:
        self.release = release
        self._check_without_summaries()
        self.image_ids = tuple(name.removesuffix("-data.json") for name in release.all_names)
        self._known = frozenset(self.image_ids)
        self._mutex = RLock()
        self._leases = Leases(clock)

    def __enter__(self) -> Store:
        folder = self.release.folder / FOLDER
        folder.mkdir(exist_ok=True)
        with ExitStack() as stack:
            busy = f"{self.release.folder} is being annotated by another process; stop it, or open its address"
            stack.enter_context(exclusive(folder / "lock", busy))
            self._journal = Journal(folder / "journal.sqlite")
            stack.callback(self._journal.close)
            remove_unfinished(self.release.annotations(False))
            for image_id in self._journal.unwritten():
                self._write_file(image_id)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._mutex:
            self._stack.close()

    @property
    def journal_id(self) -> str:
        return self._journal.id

    def read(self, image_id: str) -> tuple[Record, int]:
        """An image, and its version."""
        with self._mutex:
            return as_record(self._document(image_id), self._path(image_id)), self._journal.version(image_id)

    def change(self, change: Change) -> int:
        """Makes a change, and gives the image's version after it.

        Raises:
            LeasedError: if another session holds the image.
            StaleError: if the image has another version.
            ArgumentError, DataError: if it cannot be done; nothing is changed.
        """
        with self._mutex:
            known = self._journal.find(change.event_id)
            if known is not None:
                _check_same(known, change)
                return known.version
            self._check_without_summaries()  # somebody may have generated them since
            doc = self._document(change.image_id)
            self._leases.take(change.image_id, change.session, change.author)
            current = self._journal.version(change.image_id)
            if change.version != current:
                raise StaleError(change.image_id, change.version, current)
            edits = self._edits(change, doc)
            as_record(edited(doc, edits), self._path(change.image_id))
            self._record(change, edits)
            if edits:
                self._write_file(change.image_id)
            return current + 1

    def lease(self, image_id: str, session: str, author: str, *, take_over: bool = False) -> Lease:
        """Takes or extends a session's hold on an image; see `Leases.take`."""
        with self._mutex:
            self._path(image_id)
            return self._leases.take(image_id, session, author, take_over=take_over)

    def give_back(self, image_id: str, session: str) -> None:
        with self._mutex:
            self._leases.give_back(image_id, session)

    def holders(self) -> dict[str, Lease]:
        """Image -> who holds it, of those that somebody holds now."""
        with self._mutex:
            return self._leases.all()

    def history(self, image_id: str) -> list[Event]:
        """All changes of an image, first to last."""
        with self._mutex:
            self._path(image_id)
            return self._journal.events(image_id)

    def statuses(self) -> dict[str, tuple[str, str]]:
        """Image -> "finished", "skipped" or "open", and who said so; images of which nobody did are absent."""
        with self._mutex:
            return {image: (STATUS[action], author) for image, (action, author) in self._journal.last(STATUS).items()}

    def _edits(self, change: Change, doc: Doc) -> tuple[Edit, ...]:
        if change.action not in (UNDO, REDO):
            record = as_record(doc, self._path(change.image_id))
            return edits_of(change.action, change.payload, doc, record)
        done, undone = undoable(self._journal.events(change.image_id))
        events = done if change.action == UNDO else undone
        if not events:
            raise ArgumentError(f"there is nothing to {change.action} in image {change.image_id}")
        if change.action == REDO:
            return events[-1].edits
        return tuple(edit.reversed for edit in reversed(events[-1].edits))

    def _record(self, change: Change, edits: tuple[Edit, ...]) -> None:
        version = change.version + 1
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        who = (change.event_id, change.image_id, version, change.author, now)
        self._journal.add(Event(*who, change.action, change.payload, edits))

    def _document(self, image_id: str) -> Doc:
        """The image's file, with the changes that are not in it yet."""
        path = self._path(image_id)
        self.release.read(path.name, summaries=False, photo=False)  # raises for whatever is wrong with the file
        doc = normalised(load_json(path).value)
        for event in self._journal.events(image_id, after=self._journal.written(image_id)):
            doc = edited(doc, event.edits)
        return doc

    def _write_file(self, image_id: str) -> None:
        write_document(self._path(image_id), self._document(image_id))
        self._journal.set_written(image_id, self._journal.version(image_id))

    def _check_without_summaries(self) -> None:
        folder = self.release.folder
        if (folder / "complete").exists():
            raise ArgumentError(
                f"`release` must not have complete/, as {folder} has: summaries of the captions as they were; "
                "annotate a copy without it and generate them anew"
            )

    def _path(self, image_id: str) -> Path:
        if image_id not in self._known:
            raise ArgumentError(f"`image_id` must be an image of {self.release.folder}, got {image_id!r}")
        return self.release.annotations(False) / f"{image_id}-data.json"


def _check_same(event: Event, change: Change) -> None:
    sent = (change.image_id, change.author, change.action, change.payload)
    if sent != (event.image_id, event.author, event.action, event.payload):
        raise ArgumentError(f"`event_id` must be new for every change, {change.event_id!r} was another one")
