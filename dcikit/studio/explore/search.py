"""Which images have what is looked for: words in their regions' texts, ranked, and facts of the regions."""

from __future__ import annotations

import re
import sqlite3
from collections import OrderedDict
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, NamedTuple

from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import QUALITIES

from .index import Index

WEIGHTS = (8.0, 4.0, 2.0, 1.0)
"""Of label, caption, summaries and negatives in the ranking (BM25)."""

DEFECTS = "defects"
"""Images with defects, among the qualities of masks."""

_KEPT = 16
"""Answers that are kept: whoever scrolls asks the same again and again."""

_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_MARKS = "\ue000", "\ue001"
"""Around the words that were found; no text of ours has characters for private use, and if it had, a mark moved."""


@dataclass(frozen=True)
class Query:
    """What is looked for; an empty text: anything.

    Attributes:
        words: all of them in one region, the last one perhaps unfinished; "in quotes" one after another.
        split: of the image.
        label: how the region's label begins.
        quality: of the region; or `DEFECTS`.
        depth, area: of the region, as FROM-TO, each end included, and either may be left out; area is a share of 1.
    """

    words: str = ""
    split: str = ""
    label: str = ""
    quality: str = ""
    depth: str = ""
    area: str = ""

    def __post_init__(self) -> None:
        if self.quality not in ("", DEFECTS, *QUALITIES):
            raise ArgumentError(f"`quality` must be {', '.join(QUALITIES)} or {DEFECTS}, got {self.quality!r}")
        for name in ("depth", "area"):
            _ends(name, getattr(self, name))

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, field.name).strip() for field in fields(self))


class Hit(NamedTuple):
    """An image of an answer, and the region that was found in it: None where nothing was asked of regions."""

    image_id: str
    region: int | None


class Search:
    """Answers queries from an index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._kept: OrderedDict[tuple[Query, int], list[Hit]] = OrderedDict()
        self._lock = Lock()

    def hits(self, query: Query) -> list[Hit]:
        """All images, the best first if there are words, else in their order."""
        if query.is_empty:
            return [Hit(image_id, None) for image_id in self.index.collection.splits]
        asked = query, self.index.revision
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        statement, values = _statement(query)
        with self.index.connection() as connection:
            found = [Hit(*row) for row in connection.execute(statement, values)]
        with self._lock:
            self._kept[asked] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def rows(self, query: Query, hits: list[Hit]) -> list[dict[str, Any]]:
        """What a list shows of images; of those that are not indexed yet, only id and split."""
        words = match_expression(query.words)
        with self.index.connection() as connection:
            return [self._row(connection, hit, words) for hit in hits]

    def _row(self, connection: sqlite3.Connection, hit: Hit, words: str) -> dict[str, Any]:
        def one(statement: str, *values: Any) -> sqlite3.Row | None:  # none where it was indexed anew meanwhile
            found: sqlite3.Row | None = connection.execute(statement, values).fetchone()
            return found

        connection.row_factory = sqlite3.Row
        facts = one("SELECT caption, masks, defects FROM images WHERE image_id = ?", hit.image_id)
        region = one("SELECT key, label FROM regions WHERE id = ?", hit.region)
        row: dict[str, Any] = {"image_id": hit.image_id, "split": self.index.collection.splits[hit.image_id]}
        row |= {**(facts or {}), **(region or {})}
        if words and region:
            statement = "SELECT snippet(texts, -1, ?, ?, '…', 16) AS text FROM texts WHERE texts MATCH ? AND rowid = ?"
            found = one(statement, *_MARKS, words, hit.region)
            row["snippet"] = _pieces(found["text"] if found else "")
        return row

    def labels(self, limit: int = 200) -> list[str]:
        """The labels that most regions have."""
        statement = "SELECT label FROM regions WHERE label != '' GROUP BY label ORDER BY count(*) DESC, label LIMIT ?"
        with self.index.connection() as connection:
            return [label for (label,) in connection.execute(statement, (limit,))]


def match_expression(words: str) -> str:
    """The words in FTS5's language, each quoted, so that nothing of it has a meaning there.

    >>> match_expression('a "red car" NEAR(do')
    '"a" "red car" "NEAR(do" *'
    """
    terms = [(phrase or word, not phrase) for phrase, word in _TERM.findall(words)]
    terms = [(term, open_end) for term, open_end in terms if any(character.isalnum() for character in term)]
    quoted = ['"' + term.replace('"', '""').replace("\0", " ") + '"' for term, _ in terms]
    return " ".join(quoted) + (" *" if terms and terms[-1][1] and not words[-1:].isspace() else "")


def _statement(query: Query) -> tuple[str, list[Any]]:
    words = match_expression(query.words)
    tests = ["true"]
    values: list[Any] = []
    if query.split:
        tests.append("images.split = ?")
        values.append(query.split)
    if query.quality == DEFECTS:
        tests.append("images.defects > 0")
    elif query.quality:
        tests.append("regions.quality = ?")
        values.append(query.quality)
    for name in ("depth", "area"):
        for end, sign in zip(_ends(name, getattr(query, name)), (">=", "<="), strict=True):
            if end is not None:
                tests.append(f"regions.{name} {sign} ?")
                values.append(end)
    if query.label.strip():
        tests.append(r"regions.label LIKE ? ESCAPE '\'")
        values.append(re.sub(r"([%_\\])", r"\\\1", query.label.strip()) + "%")
    texts, score = "", "0.0"
    if words:
        texts, score = "JOIN texts ON texts.rowid = regions.id", f"bm25(texts, {', '.join(map(str, WEIGHTS))})"
        tests.append("texts MATCH ?")
        values.append(words)
    if not any("regions." in test or "texts" in test for test in tests):  # nothing is asked of regions
        return f"SELECT image_id, NULL FROM images WHERE {' AND '.join(tests)} ORDER BY place", values
    found = f"""SELECT image_id, place, regions.id AS region, {score} AS score
        FROM images JOIN regions ON regions.image = images.id {texts} WHERE {" AND ".join(tests)}"""
    best = "SELECT image_id, place, region, min(score) AS best FROM found GROUP BY image_id"  # the region of the best
    return f"WITH found AS MATERIALIZED ({found}) SELECT image_id, region FROM ({best}) ORDER BY best, place", values


def _ends(name: str, text: str) -> tuple[float | None, float | None]:
    """Both ends of FROM-TO."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)?-(\d+(?:\.\d+)?)?", text)
    if text and not found:
        raise ArgumentError(f"`{name}` must be FROM-TO, such as 1-2 or 3-, got {text!r}")
    start, end = found.groups() if found else (None, None)
    return (None if start is None else float(start)), (None if end is None else float(end))


def _pieces(text: str) -> list[tuple[str, bool]]:
    """A snippet in pieces, and whether each was looked for."""
    pieces = []
    for index, part in enumerate(text.split(_MARKS[0])):
        found, _, rest = part.partition(_MARKS[1]) if index else ("", "", part)
        pieces += [(piece, marked) for piece, marked in ((found, True), (rest, False)) if piece]
    return pieces
