"""What models decided of regions: files of `dci eval --log-samples`, side by side."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dcikit.data.record import Record
from dcikit.files.whole_file import whole_file
from dcikit.results.labels import labels
from dcikit.results.sample_reader import read_header
from dcikit.schema.errors import ArgumentError
from dcikit.schema.titles import TITLES, title

from .collection import Collection

MOST_MODELS = 2

_COLUMNS = ("score", "image_id", "key", "correct", "tied", "own", "rival", "chosen")
_SCHEMA = f"""
CREATE TABLE decisions (model INTEGER, {", ".join(_COLUMNS)});
CREATE INDEX decisions_of_regions ON decisions (image_id, key, score);
"""
_NEGATIVE = re.compile(r"(\w+)_(\d+)")


class Decisions:
    """The decisions of one model or two.

    Args:
        paths: a file a model.
        folder: where they are kept as a table of SQLite, which memory need not hold.

    Attributes:
        models: their labels.
        scores: the names of their scores, those that we know first, in the order of a table.
        path: the table: `decisions (model, score, image_id, key, correct, tied, own, rival, chosen)`, model from 0.

    Raises:
        ArgumentError: if there are too many.
        DataError: if a file is none of them.
    """

    def __init__(self, paths: Sequence[Path], folder: Path) -> None:
        if len(paths) > MOST_MODELS:
            raise ArgumentError(f"`log_samples` must be at most {MOST_MODELS} files, got {len(paths)}")
        self.models = labels([read_header(path) for path in paths])
        folder.mkdir(parents=True, exist_ok=True)
        state = repr([(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths])
        self.path = folder / f"decisions-{hashlib.sha256(state.encode()).hexdigest()[:24]}.sqlite"
        if not self.path.exists():
            with whole_file(self.path) as unfinished:
                _fill(unfinished, paths)
        with closing(sqlite3.connect(self.path)) as connection:
            found = {name for (name,) in connection.execute("SELECT DISTINCT score FROM decisions")}
        self.scores = [name for name in TITLES if name in found] + sorted(found - set(TITLES))

    def of_image(self, image_id: str, collection: Collection) -> dict[str, Any]:
        """Region key -> its scores, each with the decision of every model (null: none), and what was chosen."""
        statement = "SELECT key, score, model, correct, tied, own, rival, chosen FROM decisions WHERE image_id = ?"
        with closing(sqlite3.connect(self.path)) as connection:
            rows = connection.execute(statement, (image_id,)).fetchall()

        @lru_cache(maxsize=4)
        def record(other: str) -> Record | None:
            return collection.examine(other)[0] if other in collection.splits else None

        regions: dict[str, dict[str, list[Any]]] = {}
        for key, score, model, correct, tied, own, rival, chosen in rows:
            judged = regions.setdefault(key, {}).setdefault(score, [None] * len(self.models))
            numbers = {"correct": bool(correct), "tied": bool(tied), "own": own, "rival": rival}
            judged[model] = numbers | {"chosen": None if correct else _chosen(chosen, key, record(image_id), record)}
        order = {name: place for place, name in enumerate(self.scores)}
        return {
            key: [
                {"score": score, "title": title(score), "models": judged}
                for score, judged in sorted(scores.items(), key=lambda item: order[item[0]])
            ]
            for key, scores in regions.items()
        }


def _fill(path: Path, files: Sequence[Path]) -> None:
    places = ", ".join("?" * (1 + len(_COLUMNS)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for model, file in enumerate(files):
            connection.executemany(f"INSERT INTO decisions VALUES ({places})", _rows(model, file))


def _rows(model: int, file: Path) -> Iterator[tuple[Any, ...]]:
    for batch in pq.ParquetFile(file).iter_batches(columns=list(_COLUMNS)):
        for row in zip(*(batch.column(name).to_pylist() for name in _COLUMNS), strict=True):
            yield model, *row


def _chosen(chosen: str, key: str, own: Record | None, record: Any) -> dict[str, Any]:
    """A wrong choice: the negative with its text, or the region whose caption was preferred, or that was."""
    if "/" in chosen:
        image_id, _, other = chosen.rpartition("/")
        found = record(image_id)
        captions = found.captions.get(other, []) if found else []
        return {"image_id": image_id, "key": other, "text": captions[0] if captions else None}
    negative = _NEGATIVE.fullmatch(chosen)
    texts = own.negatives.get(key, {}).get(negative[1], []) if own and negative else []
    place = int(negative[2]) if negative else 0
    return {"name": chosen, "text": texts[place] if place < len(texts) else None}
