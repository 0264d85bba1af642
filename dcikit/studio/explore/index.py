"""The texts and facts of all regions in SQLite, to search and filter by; filled beside the running page, and kept."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from dcikit.data.record import Record
from dcikit.schema.errors import DciError
from dcikit.schema.regions import BASE

from .collection import Collection
from .document import tree_order

VERSION = 1
"""Of the tables: an index of another one is made anew."""

_BATCH = 50
"""Images that are written at once."""

_HEAD_START = 1.0
"""Seconds that the page has for its first picture, before the index takes its share of the processor."""

_PAUSE = 0.001
"""Seconds after each image, in which the page's requests get their turn."""

_SCHEMA = f"""
CREATE TABLE images (
    id INTEGER PRIMARY KEY, image_id TEXT UNIQUE, place INTEGER, split TEXT, stamp TEXT, caption TEXT, masks INTEGER,
    defects INTEGER);
CREATE INDEX images_in_order ON images (place);
CREATE TABLE regions (
    id INTEGER PRIMARY KEY, image INTEGER, key TEXT, depth INTEGER, area REAL, quality TEXT, label TEXT COLLATE NOCASE);
CREATE INDEX regions_of_images ON regions (image);
CREATE INDEX regions_by_label ON regions (label);
CREATE VIRTUAL TABLE texts USING fts5(
    label, caption, summaries, negatives, prefix = '2 3', tokenize = "unicode61 remove_diacritics 2");
PRAGMA user_version = {VERSION};
"""


class Index:
    """The index of one collection.

    Args:
        collection: what is indexed.
        folder: where indexes are kept, one file a collection.

    Attributes:
        indexed: how many images are in it, so far.
        revision: grows whenever it changes.
        error: why it could not be brought up to date.
    """

    def __init__(self, collection: Collection, folder: Path) -> None:
        self.collection = collection
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{hashlib.sha256(collection.identity.encode()).hexdigest()[:24]}.sqlite"
        self._places = {image_id: place for place, image_id in enumerate(collection.splits)}
        self.indexed = 0
        self.revision = 0
        self.error: str | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._open()

    def _open(self) -> None:
        try:
            self._prepare()
        except sqlite3.OperationalError as error:
            raise DciError(f"{self.path}: SQLite cannot make the index: {error}") from None
        except sqlite3.DatabaseError:  # another version, or damaged
            for end in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            self._prepare()

    def _prepare(self) -> None:
        with self.connection() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                connection.executescript(f"PRAGMA journal_mode = WAL; BEGIN; {_SCHEMA} COMMIT;")
            elif version != VERSION:
                raise sqlite3.DatabaseError(f"version {version}")
            self._reorder(connection)
            self.indexed = _count(connection)

    def _reorder(self, connection: sqlite3.Connection) -> None:
        """Gives every image its place and split of today, and removes those that are gone."""
        for (image_id,) in connection.execute("SELECT image_id FROM images").fetchall():
            if image_id not in self._places:
                _remove(connection, image_id)
        splits = self.collection.splits
        places = ((place, splits[image_id], image_id) for image_id, place in self._places.items())
        connection.executemany("UPDATE images SET place = ?, split = ? WHERE image_id = ?", places)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, for one thread; what was changed is kept unless an error ends it."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def start(self) -> None:
        """Brings it up to date in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; what is indexed stays."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._stopped.wait(_HEAD_START)
        try:
            self.update(_PAUSE)
        except (sqlite3.Error, OSError) as error:  # the disk is full, say: what is indexed can be searched
            self.error = f"{self.path}: {error}"

    def update(self, pause: float = 0.0) -> None:
        """Reads the images that are new or have changed, with a pause of so many seconds after each."""
        with self.connection() as connection:
            known = dict(connection.execute("SELECT image_id, stamp FROM images"))
        stamps = ((image_id, self.collection.stamp(image_id)) for image_id in self.collection.splits)
        waiting = [(image_id, stamp) for image_id, stamp in stamps if known.get(image_id) != stamp]
        for start in range(0, len(waiting), _BATCH):
            if self._stopped.is_set():
                return
            with self.connection() as connection:
                for image_id, stamp in waiting[start : start + _BATCH]:
                    record, defects = self.collection.examine(image_id)
                    _remove(connection, image_id)
                    self._write(connection, image_id, stamp, record, len(defects))
                    self._stopped.wait(pause)
                self.indexed = _count(connection)
            self.revision += 1

    def _write(
        self, connection: sqlite3.Connection, image_id: str, stamp: str, record: Record | None, defects: int
    ) -> None:
        place, split = self._places[image_id], self.collection.splits[image_id]
        caption, masks = (record.short_caption, len(record.masks)) if record else ("", 0)
        image = connection.execute(
            "INSERT INTO images (image_id, place, split, stamp, caption, masks, defects) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (image_id, place, split, stamp, caption, masks, defects),
        ).lastrowid
        for facts, texts in regions_of(record):
            region = connection.execute(
                "INSERT INTO regions (image, key, depth, area, quality, label) VALUES (?, ?, ?, ?, ?, ?)",
                (image, *facts, texts.label),
            ).lastrowid
            connection.execute(
                "INSERT INTO texts (rowid, label, caption, summaries, negatives) VALUES (?, ?, ?, ?, ?)",
                (region, *texts),
            )


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM images").fetchone()[0])


def _remove(connection: sqlite3.Connection, image_id: str) -> None:
    of_it = "SELECT regions.id FROM regions JOIN images ON images.id = image WHERE image_id = ?"
    connection.execute(f"DELETE FROM texts WHERE rowid IN ({of_it})", (image_id,))
    connection.execute(f"DELETE FROM regions WHERE id IN ({of_it})", (image_id,))
    connection.execute("DELETE FROM images WHERE image_id = ?", (image_id,))


class Facts(NamedTuple):
    """What regions are filtered by; `area` is a share of the image's."""

    key: str
    depth: int
    area: float
    quality: str


class Texts(NamedTuple):
    """What a region is found by: several texts of a kind are lines."""

    label: str
    caption: str
    summaries: str
    negatives: str


def regions_of(record: Record | None) -> Iterator[tuple[Facts, Texts]]:
    """The regions of an image, in tree order."""
    if record is None:
        return
    caption = f"{record.short_caption}\n{record.extra_caption}"
    yield Facts(BASE, 0, 1.0, "ok"), Texts("", caption, *_sdci(record, BASE))
    pixels = max(record.width * record.height, 1)
    for mask, _, depth in tree_order(record.masks):
        facts = Facts(mask.key, depth, mask.area / pixels, mask.quality)
        yield facts, Texts(mask.label, mask.caption, *_sdci(record, mask.key))


def _sdci(record: Record, key: str) -> tuple[str, str]:
    texts = [text for found in record.negatives.get(key, {}).values() for text in found]
    return "\n".join(record.captions.get(key, [])), "\n".join(texts)
