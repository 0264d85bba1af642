"""What can be looked for, and how that is asked of the index."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import QUALITIES

WEIGHTS = (8.0, 4.0, 2.0, 1.0)
"""Of label, caption, summaries and negatives in the ranking (BM25)."""

DEFECTS = "defects"
"""Images with defects, among the qualities of masks."""

_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_RANGE = re.compile(r"(\d+(?:\.\d+)?)?-(\d+(?:\.\d+)?)?")


@dataclass(frozen=True)
class Query:
    """What is looked for; an empty text: anything.

    Attributes:
        words: all of them in one region, the last one perhaps unfinished; "in quotes" one after another.
        split: of the image.
        label: how the region's label begins.
        quality: of the region; or `DEFECTS`.
        depth, area: of the region, as FROM-TO, each end included, and either may be left out; area is a share of 1.
        score, wrong: what models made of the region in a score: a letter a model, x wrong, o right, - either.

    Raises:
        ArgumentError: if one of them cannot be.
    """

    words: str = ""
    split: str = ""
    label: str = ""
    quality: str = ""
    depth: str = ""
    area: str = ""
    score: str = ""
    wrong: str = ""

    def __post_init__(self) -> None:
        if self.quality not in ("", DEFECTS, *QUALITIES):
            raise ArgumentError(f"`quality` must be {', '.join(QUALITIES)} or {DEFECTS}, got {self.quality!r}")
        for name in ("depth", "area"):
            if getattr(self, name) and not _RANGE.fullmatch(getattr(self, name)):
                raise ArgumentError(f"`{name}` must be FROM-TO, such as 1-2 or 3-, got {getattr(self, name)!r}")
        if not re.fullmatch("[xo-]*", self.wrong):
            raise ArgumentError(f"`wrong` must be a letter a model, each x, o or -, got {self.wrong!r}")

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, field.name).strip() for field in fields(self) if field.name != "score")


def match_expression(words: str) -> str:
    """The words in FTS5's language, each quoted, so that nothing of it has a meaning there.

    >>> match_expression('a "red car" NEAR(do')
    '"a" "red car" "NEAR(do" *'
    """
    terms = [(phrase or word, not phrase) for phrase, word in _TERM.findall(words)]
    terms = [(term, open_end) for term, open_end in terms if any(character.isalnum() for character in term)]
    quoted = ['"' + term.replace('"', '""').replace("\0", " ") + '"' for term, _ in terms]
    return " ".join(quoted) + (" *" if terms and terms[-1][1] and not words[-1:].isspace() else "")


class Statement:
    """A query in SQL, over the tables of `Index` and, as `models.decisions`, of `Decisions`.

    Attributes:
        sql: gives `image_id` and the id of the region that fits best, null where nothing is asked of regions; the best
            image first, others in the collection's order.
        values: of its parameters.
    """

    def __init__(self, query: Query) -> None:
        self.values: list[Any] = []
        self._tests = ["true"]
        self._joined = ""
        self._distance = "0"
        self._of_images(query)
        only_images = len(self._tests)
        self._of_regions(query)
        self._of_models(query)
        self._of_texts(query)
        where = " AND ".join(self._tests)
        if len(self._tests) == only_images:
            self.sql = f"SELECT image_id, NULL FROM images WHERE {where} ORDER BY place"
        else:
            found = f"""SELECT images.image_id, place, regions.id AS region, {self._distance} AS distance
                FROM images JOIN regions ON regions.image = images.id {self._joined} WHERE {where}"""
            # With min(), SQLite takes the other columns from the row that has the lowest.
            best = "SELECT image_id, place, region, min(distance) AS distance FROM found GROUP BY image_id"
            self.sql = (
                f"WITH found AS MATERIALIZED ({found}) SELECT image_id, region FROM ({best}) ORDER BY distance, place"
            )

    def _test(self, condition: str, *values: Any) -> None:
        self._tests.append(condition)
        self.values += values

    def _of_images(self, query: Query) -> None:
        if query.split:
            self._test("images.split = ?", query.split)
        if query.quality == DEFECTS:
            self._test("images.defects > 0")

    def _of_regions(self, query: Query) -> None:
        if query.quality not in ("", DEFECTS):
            self._test("regions.quality = ?", query.quality)
        for name in ("depth", "area"):
            found = _RANGE.fullmatch(getattr(query, name))
            for end, sign in zip(found.groups() if found else (), (">=", "<="), strict=False):
                if end is not None:
                    self._test(f"regions.{name} {sign} ?", float(end))
        if query.label.strip():
            start = re.sub(r"([%_\\])", r"\\\1", query.label.strip())
            self._test(r"regions.label LIKE ? ESCAPE '\'", f"{start}%")

    def _of_models(self, query: Query) -> None:
        """The worst margin first, of the last model that was wrong."""
        for model, outcome in enumerate(query.wrong):
            if outcome != "-":
                self._joined += f""" JOIN models.decisions AS d{model} ON d{model}.model = {model}
                    AND d{model}.image_id = images.image_id AND d{model}.key = regions.key"""
                self._test(f"d{model}.score = ? AND d{model}.correct = ?", query.score, outcome == "o")
            if outcome == "x":
                self._distance = f"d{model}.own - d{model}.rival"

    def _of_texts(self, query: Query) -> None:
        if words := match_expression(query.words):
            self._joined += " JOIN texts ON texts.rowid = regions.id"
            self._test("texts MATCH ?", words)
            self._distance = f"bm25(texts, {', '.join(map(str, WEIGHTS))})"
