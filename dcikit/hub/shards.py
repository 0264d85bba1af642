"""Writes one Parquet shard: rows of the release, as the builder gives them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features

from dcikit.data.configs import ROWS, features_of, reads_summaries
from dcikit.data.release import Release
from dcikit.files.whole_file import whole_file, write_whole
from dcikit.schema.errors import DataError

from .plan import Shard

GROUP_ROWS = 100
GROUP_BYTES = 32 * 2**20
"""A row group ends at whichever comes first: the Dataset Viewer reads whole groups to show a page."""

GROUP_MEAN = 48
"""Or at an image whose name says so, one of so many: then a row more or less moves the rows of one group only."""

TREE = "tree"
DONE = "done"
"""In the folder of unfinished work: the files of the export, and what became of each of them."""

_TABLE_ROWS = 16


@dataclass(frozen=True)
class Written:
    """What became of a shard.

    Attributes:
        path: where it is in the export.
        rows: how many it has.
        num_bytes: of its rows in memory, as `datasets` counts them.
        size, sha256: of the file.
        skipped: image id -> the defect, for images that were skipped.
    """

    path: str
    rows: int
    num_bytes: int
    size: int
    sha256: str
    skipped: dict[str, str] = field(default_factory=dict)


def write_shard(shard: Shard, release: Release, folder: Path, photos: bool, on_error: str) -> Written:
    """Writes a shard into the folder of unfinished work, whole or not at all, and what became of it.

    Raises:
        DataError: at the first defect, unless `on_error` is `skip`.
    """
    skipped: dict[str, str] = {}
    schema = parquet_schema(features_of(release, shard.config))
    rows = num_bytes = 0
    target = folder / TREE / shard.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as path:
        with pq.ParquetWriter(path, schema, **_writer_options(schema)) as writer:
            for group in _groups(_tables(shard, release, schema, photos, on_error, skipped)):
                writer.write_table(group, row_group_size=len(group))
                rows += len(group)
                num_bytes += group.nbytes
        size, digest = path.stat().st_size, sha256(path)
    written = Written(shard.path, rows, num_bytes, size, digest, skipped)
    write_text(_done(folder, shard.path), json.dumps(asdict(written)))
    return written


def already_written(shard: Shard, folder: Path) -> Written | None:
    """What became of a shard that an earlier run wrote; None if it is not there whole."""
    try:
        written = Written(**json.loads(_done(folder, shard.path).read_text(encoding="utf-8")))
        return written if (folder / TREE / shard.path).stat().st_size == written.size else None
    except (OSError, ValueError, TypeError):
        return None


def parquet_schema(features: Features) -> pa.Schema:
    """The Arrow schema, its features written as `datasets` 3 to 5 read them.

    `datasets` 4 writes lists as {"_type": "List"}, which 3 does not know; [..] is known to all.
    """
    plain = _listed(features.to_dict())
    return features.arrow_schema.with_metadata({"huggingface": json.dumps({"info": {"features": plain}})})


def _listed(feature: Any) -> Any:
    if isinstance(feature, list):
        return [_listed(item) for item in feature]
    if not isinstance(feature, dict):
        return feature
    if feature.get("_type") == "List":
        return [_listed(feature["feature"])]
    return {name: _listed(value) for name, value in feature.items()}


def _writer_options(schema: pa.Schema) -> dict[str, Any]:
    """zstd and a page index. Pages are not cut by content: pyarrow cuts on from one row group into the next, so
    that a row more or less would change the pages of all that follow."""
    columns = list(_leaves(schema, ()))
    binary = {name for name, kind in columns if pa.types.is_binary(kind)}
    text = [name for name, _ in columns if name not in binary]
    return {
        "compression": "zstd",
        "use_dictionary": text,  # photos and masks do not repeat
        "write_statistics": text,
        "write_page_index": True,
    }


def _leaves(fields: Any, prefix: tuple[str, ...]) -> Iterator[tuple[str, pa.DataType]]:
    """Parquet's names of the columns below `fields`."""
    for each in fields:
        path, kind = (*prefix, each.name), each.type
        while pa.types.is_list(kind):
            path, kind = (*path, "list", "element"), kind.value_type
        if pa.types.is_struct(kind):
            yield from _leaves([kind.field(i) for i in range(kind.num_fields)], path)
        else:
            yield ".".join(path), kind


def _tables(
    shard: Shard, release: Release, schema: pa.Schema, photos: bool, on_error: str, skipped: dict[str, str]
) -> Iterator[tuple[pa.Table, bool]]:
    summaries = reads_summaries(release, shard.config)
    to_rows = ROWS[shard.config]
    rows: list[dict[str, Any]] = []
    for name in shard.names:
        try:
            rows += to_rows(release.read(name, summaries=summaries, photo=photos))
        except DataError as error:
            if on_error != "skip":
                raise
            skipped[name.removesuffix("-data.json")] = str(error)
        if len(rows) >= _TABLE_ROWS or _is_last(name):
            yield pa.Table.from_pylist(rows, schema=schema), _is_last(name)
            rows = []
    yield pa.Table.from_pylist(rows, schema=schema), True


def _is_last(name: str) -> bool:
    """Whether a row group ends behind this image."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % GROUP_MEAN == 0


def _groups(tables: Iterator[tuple[pa.Table, bool]]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for table, is_last in tables:
        waiting.append(table)
        full = sum(map(len, waiting)) + _TABLE_ROWS > GROUP_ROWS
        if is_last or full or sum(each.nbytes for each in waiting) >= GROUP_BYTES:
            group = pa.concat_tables(waiting)
            waiting = []
            if len(group):
                yield group


def _done(folder: Path, path: str) -> Path:
    return folder / DONE / f"{path}.json"


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Writes a file, whole or not at all, and its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
