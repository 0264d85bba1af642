"""Arrow tables of rows, read as far as they are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def narrowed(table: pa.Table, column: str, fields: Sequence[str]) -> pa.Table:
    """A table whose `column`, a list of structs, has these fields only; the others are not copied."""
    lists = table[column].combine_chunks()
    values = lists.flatten()
    narrow = pa.StructArray.from_arrays([pc.struct_field(values, name) for name in fields], list(fields))
    offsets = pa.array([0, *accumulate(lists.value_lengths().to_pylist())], pa.int32())
    return table.set_column(table.column_names.index(column), column, pa.ListArray.from_arrays(offsets, narrow))


def photo_row(row: pa.Table) -> Mapping[str, Any]:
    """What names the photo of a row, and the photo."""
    return row.select([name for name in ("image_id", "file_name", "image") if name in row.column_names]).to_pylist()[0]
