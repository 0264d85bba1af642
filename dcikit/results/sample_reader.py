"""Reads the Parquet file that `sample_writer.SampleWriter` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dcikit.schema.errors import DataError
from dcikit.schema.results import Results

from .document import parse_results
from .sample_writer import COLUMNS, RESULTS_KEY, VERSION, VERSION_KEY

_REMEDY = "write it again with `dci eval --log-samples`"


def read_header(path: Path) -> Results:
    """What the decisions were made with: the results document without its scores.

    Raises:
        DataError: if it is no such file, or one of another version.
    """
    if not path.is_file():
        raise DataError(str(path), "", "is no file", _REMEDY)
    try:
        file = pq.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise DataError(str(path), "", f"is not Parquet, or damaged: {error}", _REMEDY) from None
    metadata = file.metadata or {}
    version = metadata.get(VERSION_KEY.encode(), b"").decode(errors="replace")
    if not version:
        raise DataError(str(path), "", "is no file of `dci eval --log-samples`", _REMEDY)
    if version != VERSION:
        raise DataError(str(path), VERSION_KEY, f"is version {version}, version {VERSION} is read here", _REMEDY)
    names = file.schema.to_arrow_schema().names
    for column in COLUMNS.names:
        if column not in names:
            raise DataError(str(path), column, "the column is missing", _REMEDY)
    return parse_results(metadata.get(RESULTS_KEY.encode(), b""), path)


def score_names(path: Path) -> list[str]:
    """The scores of the file, in no particular order."""
    return pc.unique(pq.read_table(path, columns=["score"])["score"]).to_pylist()


def read_samples(path: Path, score: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of the decisions of one score, in the order in which they were made.

    Raises:
        DataError: if it is no such file, or has no such score.
    """
    read_header(path)
    table = pq.read_table(path, columns=list(columns), filters=[("score", "==", score)])
    if not len(table):
        has = ", ".join(sorted(score_names(path)))
        raise DataError(str(path), "score", f"there is no {score!r}", f"choose one of {has}")
    return table
