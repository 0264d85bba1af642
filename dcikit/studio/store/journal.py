"""The journal: every change of every image, who made it and when, in SQLite. A change that it has is never lost."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import Edit

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,
    action TEXT NOT NULL,
    payload TEXT NOT NULL,
    edits TEXT NOT NULL,
    UNIQUE (image_id, version)
);
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS written (image_id TEXT PRIMARY KEY, version INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Event:
    """One change.

    Attributes:
        event_id: given by the page, so that what it sends twice counts once.
        version: the image's, after the event; 1 is the first.
        time: UTC, ISO 8601.
        action: what was done, such as "write" or "merge".
        payload: with what, as it was sent.
        edits: what it changed in the image's document.
    """

    event_id: str
    image_id: str
    version: int
    author: str
    time: str
    action: str
    payload: dict[str, Any]
    edits: tuple[Edit, ...] = ()


class Journal:
    """The journal's file; its methods are to be called by one thread at a time.

    Attributes:
        id: of this very journal: what a page has not sent yet belongs to it, and not to what is served there later.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        new = "INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT * FROM identity)"
        self._db.execute(new, (uuid.uuid4().hex,))
        self.id: str = self._db.execute("SELECT id FROM identity").fetchone()[0]

    def close(self) -> None:
        self._db.close()

    def add(self, event: Event) -> None:
        """Keeps an event; it is on the disk then."""
        edits = [[list(edit.path), edit.before, edit.after] for edit in event.edits]
        row = (event.event_id, event.image_id, event.version, event.author, event.time, event.action)
        columns = "event_id, image_id, version, author, time, action, payload, edits"
        self._db.execute(
            f"INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, json.dumps(event.payload), json.dumps(edits)),
        )

    def find(self, event_id: str) -> Event | None:
        return next(self._select("event_id = ?", event_id), None)

    def events(self, image_id: str, after: int = 0) -> list[Event]:
        """The changes of an image after a version, first to last."""
        return list(self._select("image_id = ? AND version > ?", image_id, after))

    def version(self, image_id: str) -> int:
        """The image's version: how many events it has."""
        return self._number("SELECT max(version) FROM events WHERE image_id = ?", image_id)

    def written(self, image_id: str) -> int:
        """The version that the image's file has."""
        return self._number("SELECT version FROM written WHERE image_id = ?", image_id)

    def set_written(self, image_id: str, version: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO written VALUES (?, ?)", (image_id, version))

    def unwritten(self) -> list[str]:
        """The images with changes that their files do not have: a process was killed in between."""
        rows = self._db.execute(
            "SELECT image_id FROM events LEFT JOIN written USING (image_id)"
            " GROUP BY image_id HAVING max(events.version) > coalesce(max(written.version), 0)"
        )
        return [image_id for (image_id,) in rows]

    def last(self, actions: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Image -> the last of some actions, and its author."""
        names = tuple(actions)
        marks = ", ".join("?" * len(names))
        rows = self._db.execute(
            f"SELECT image_id, action, author, max(seq) FROM events WHERE action IN ({marks}) GROUP BY image_id", names
        )
        return {image_id: (action, author) for image_id, action, author, _ in rows}

    def _number(self, query: str, image_id: str) -> int:
        row = self._db.execute(query, (image_id,)).fetchone()
        return int(row[0] or 0) if row else 0

    def _select(self, condition: str, *values: Any) -> Iterator[Event]:
        columns = "event_id, image_id, version, author, time, action, payload, edits"
        rows = self._db.execute(f"SELECT {columns} FROM events WHERE {condition} ORDER BY seq", values)
        for event_id, image, version, author, time, action, payload, edits in rows:
            found = tuple(Edit(tuple(path), before, after) for path, before, after in json.loads(edits))
            yield Event(event_id, image, version, author, time, action, json.loads(payload), found)
