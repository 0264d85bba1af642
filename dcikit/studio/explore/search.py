"""Answers to queries: which images, and what a list shows of them."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from threading import Lock
from typing import Any, NamedTuple

from dcikit.schema.errors import ArgumentError

from .decisions import Decisions
from .index import Index
from .query import Query, Statement, match_expression

_KEPT = 16
"""Answers that are kept: whoever scrolls asks the same again and again."""

_MARKS = "\ue000", "\ue001"
"""Around the words that were found; characters for private use, which no text has."""


class Hit(NamedTuple):
    """An image of an answer, and the region that was found in it: None where nothing was asked of regions."""

    image_id: str
    region: int | None


class Search:
    """Answers queries from an index.

    Args:
        index: of the collection.
        decisions: what models decided of its regions; None: nobody asked them.
    """

    def __init__(self, index: Index, decisions: Decisions | None = None) -> None:
        self.index = index
        self.decisions = decisions
        self._kept: OrderedDict[tuple[Query, int], list[Hit]] = OrderedDict()
        self._lock = Lock()

    def hits(self, query: Query) -> list[Hit]:
        """All images, the best first if there are words or models that were wrong, else in their order.

        Raises:
            ArgumentError: if models are asked for that are not there.
        """
        if query.is_empty:
            return [Hit(image_id, None) for image_id in self.index.collection.splits]
        if query.wrong and (self.decisions is None or len(query.wrong) > len(self.decisions.models)):
            raise ArgumentError(f"`wrong` must be about models whose decisions are given, got {query.wrong!r}")
        asked = query, self.index.revision
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        found = self._ask(Statement(query))
        with self._lock:
            self._kept[asked] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _ask(self, statement: Statement) -> list[Hit]:
        with self.index.connection() as connection:
            if self.decisions is not None:
                connection.execute("ATTACH ? AS models", (str(self.decisions.path),))
            return [Hit(*row) for row in connection.execute(statement.sql, statement.values)]

    def rows(self, query: Query, hits: list[Hit]) -> list[dict[str, Any]]:
        """What a list shows of images; of those that are not indexed yet, only id and split."""
        words = match_expression(query.words)
        with self.index.connection() as connection:
            connection.row_factory = sqlite3.Row
            return [self._row(connection, hit, words) for hit in hits]

    def _row(self, connection: sqlite3.Connection, hit: Hit, words: str) -> dict[str, Any]:
        def one(statement: str, *values: Any) -> sqlite3.Row | None:  # none, where it is indexed anew just now
            found: sqlite3.Row | None = connection.execute(statement, values).fetchone()
            return found

        image = one("SELECT caption, masks, defects FROM images WHERE image_id = ?", hit.image_id)
        region = one("SELECT key, label FROM regions WHERE id = ?", hit.region)
        row: dict[str, Any] = {"image_id": hit.image_id, "split": self.index.collection.splits[hit.image_id]}
        row |= {**(image or {}), **(region or {})}
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


def _pieces(text: str) -> list[tuple[str, bool]]:
    """A snippet in pieces, and whether each was looked for."""
    pieces = []
    for index, part in enumerate(text.split(_MARKS[0])):
        found, _, rest = part.partition(_MARKS[1]) if index else ("", "", part)
        pieces += [(piece, marked) for piece, marked in ((found, True), (rest, False)) if piece]
    return pieces
