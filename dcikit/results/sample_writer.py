"""Every decision of an evaluation, as a Parquet file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dcikit.files.whole_file import whole_file
from dcikit.schema.results import Results
from dcikit.schema.score import Decision

from .region_facts import Key, RegionFacts, region_facts

VERSION = "2"
"""Version of the file's layout."""

VERSION_KEY, RESULTS_KEY = "dci_samples", "dci_results"
"""Keys of the file's metadata: `VERSION`, and the results document without its scores."""

REMEMBERED = 100_000
"""Regions whose facts are held, about 25 MB. Those of older ones are looked up again, or lost if they cannot be."""

LookUp = Callable[[str], Mapping[Key, RegionFacts]]
"""image_id -> the facts of its regions."""

COLUMNS = pa.schema(
    [
        ("score", pa.string()),
        ("image_id", pa.string()),
        ("key", pa.string()),
        ("correct", pa.bool_()),
        ("right", pa.float64()),  # what it adds to the score: 0 or 1, or a share
        ("tied", pa.bool_()),
        ("own", pa.float64()),
        ("rival", pa.float64()),  # null: there is none, in a group of one
        ("margin", pa.float64()),  # own - rival
        ("chosen", pa.string()),
        ("truncated", pa.int32()),
        ("crop_area_share", pa.float64()),
        ("crop_area", pa.int64()),
        ("caption_words", pa.int32()),
        ("n_captions", pa.int32()),
        ("mask_depth", pa.int32()),  # null: not known
    ]
)
"""One row is one region's part in one score; see `Decision` and `region_facts.RegionFacts`."""

_ROWS = 16_384
_NO_FACTS = (None,) * len(RegionFacts._fields)


class SampleWriter:
    """Writes decisions as they come, whole or not at all: without `finish`, there is no file.

        with SampleWriter(path, look_up) as samples:
            evaluate(..., samples.add)
            samples.finish(results)  # of make_results

    Args:
        path: the file; its folder must exist.
        look_up: is asked for an image when the first decision on it comes; None: `expect` must have had its row before.
        facts: False: nothing is known of the regions, and their columns are null.
    """

    def __init__(self, path: Path, look_up: LookUp | None = None, *, facts: bool = True) -> None:
        self.path = path
        self._look_up = look_up
        self._needs_facts = facts
        self._open = ExitStack()
        self._facts: dict[Key, RegionFacts] = {}
        self._forgot = False
        self._rows: list[tuple[Any, ...]] = []
        self._finished = False

    def __enter__(self) -> SampleWriter:
        temporary = self._open.enter_context(whole_file(self.path))
        self._writer = self._open.enter_context(pq.ParquetWriter(temporary, COLUMNS, compression="zstd"))
        return self

    def expect(self, row: Mapping[str, Any], parents: Mapping[str, str | None] | None = None) -> None:
        """Takes the facts of a row's regions, before any decision on them; see `region_facts`."""
        self.remember(region_facts(row, parents))

    def remember(self, facts: Mapping[Key, RegionFacts]) -> None:
        """The same of facts that are known."""
        self._facts.update(facts)
        while len(self._facts) > max(REMEMBERED, len(facts)):
            del self._facts[next(iter(self._facts))]
            self._forgot = True

    def add(self, name: str, decision: Decision) -> None:
        """Takes a decision of the score `name`.

        Raises:
            ValueError: if the facts of its region were not given.
        """
        facts = self._facts_of(decision.image_id, decision.key)
        self._rows.append(
            (
                name,
                decision.image_id,
                decision.key,
                decision.correct,
                decision.right,
                decision.tied,
                decision.own,
                decision.rival,
                None if decision.rival is None else decision.own - decision.rival,
                decision.chosen,
                decision.truncated,
                *(facts or _NO_FACTS),
            )
        )
        if len(self._rows) >= _ROWS:
            self._flush()

    def finish(self, results: Results) -> None:
        """Ends the file, after the last decision, and puts it in its place.

        Args:
            results: all but its scores is kept beside the decisions.
        """
        self._flush()
        header = results.model_copy(update={"scores": {}}).model_dump_json()
        self._writer.add_key_value_metadata({VERSION_KEY: VERSION, RESULTS_KEY: header})
        self._open.close()
        self._finished = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._finished:
            reason = error or RuntimeError("`finish` was not called")
            self._open.__exit__(type(reason), reason, trace)

    def _facts_of(self, image_id: str, key: str) -> RegionFacts | None:
        if (image_id, key) not in self._facts and self._look_up is not None:
            self.remember(self._look_up(image_id))
        facts = self._facts.get((image_id, key))
        if facts is None and self._needs_facts and (self._look_up is not None or not self._forgot):
            raise ValueError(
                f"image {image_id} region {key} was decided on, but its facts are not known; call `expect` with its "
                "row first"
            )
        return facts

    def _flush(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, COLUMNS, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=COLUMNS))
            self._rows.clear()
