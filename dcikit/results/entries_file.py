"""Reads the Parquet file that `per_entry.EntryWriter` wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .per_entry import COLUMNS, HEADER, SCHEMA


def read_header(path: Path) -> dict[str, Any]:
    """What the decisions were made with: the results file without its scores.

    Raises:
        ValueError: if it is no such file, or one of another version.
    """
    if not path.is_file():
        raise ValueError(f"{path} is no file; `dci eval --per-entry {path.name}` writes one")
    try:
        file = pq.read_metadata(path)
        header = json.loads((file.metadata or {}).get(HEADER.encode(), b"null"))
    except (pa.ArrowInvalid, ValueError) as error:
        raise ValueError(f"{path} is not Parquet, or damaged: {error}; write it again") from None
    if not isinstance(header, dict) or HEADER not in header:
        raise ValueError(f"{path} is no file of `dci eval --per-entry`")
    if header[HEADER] != SCHEMA:
        raise ValueError(f"{path} has version {header[HEADER]} of the per-entry file, {SCHEMA} is read here")
    missing = [name for name in COLUMNS.names if name not in file.schema.to_arrow_schema().names]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]}; write it again with `dci eval --per-entry`")
    return header


def score_names(path: Path) -> list[str]:
    """The scores of the file, in no particular order."""
    return pc.unique(pq.read_table(path, columns=["score"])["score"]).to_pylist()


def read_decisions(path: Path, score: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of the decisions of one score, in the order in which they were made.

    Raises:
        ValueError: if it is no such file, or has no such score.
    """
    read_header(path)
    table = pq.read_table(path, columns=list(columns), filters=[("score", "==", score)])
    if not len(table):
        raise ValueError(f"{path} has no score {score!r}; it has {', '.join(sorted(score_names(path)))}")
    return table
