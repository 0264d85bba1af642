"""Arrow tables of rows, read as far as they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_HELD = 64
"""Rows that are held at a time."""


def narrowed(table: pa.Table, column: str, fields: Sequence[str]) -> pa.Table:
    """A table whose `column`, a list of structs, has these fields only; the others are not copied."""
    lists = table[column].combine_chunks()
    values = lists.flatten()
    narrow = pa.StructArray.from_arrays([pc.struct_field(values, name) for name in fields], list(fields))
    offsets = pa.array([0, *accumulate(lists.value_lengths().to_pylist())], pa.int32())
    return table.set_column(table.column_names.index(column), column, pa.ListArray.from_arrays(offsets, narrow))


def text_rows(rows: Any, columns: Sequence[str], column: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """All rows of a `datasets.Dataset` with these columns only, `column` narrowed to these fields."""
    for table in rows.select_columns(list(columns)).with_format("arrow").iter(batch_size=_HELD):
        yield from narrowed(table, column, fields).to_pylist()


def photo_row(row: pa.Table) -> Mapping[str, Any]:
    """What names the photo of a row, and the photo."""
    return row.select([name for name in ("image_id", "file_name", "image") if name in row.column_names]).to_pylist()[0]
