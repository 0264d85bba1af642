"""The rows of a pair benchmark, read when they are asked for, their photos not decoded."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from dcikit.engine.prepare import Reader
from dcikit.schema.errors import DataError

from .benchmark import Benchmark, PairRow, Raw


@dataclass(frozen=True)
class Part:
    """Some rows of a benchmark as its files have them.

    Attributes:
        name: where they are, for errors.
        rows: by number.
        subset: what the part is called; empty if it is the only one.
    """

    name: str
    rows: Sequence[Raw]
    subset: str = ""


class ArrowRows(Sequence[Raw]):
    """Rows of a `datasets.Dataset` as plain objects, one at a time: they stay on disk."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset.with_format("arrow")
        self.columns: list[str] = dataset.column_names

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: Any) -> Any:
        return self._dataset[index].to_pylist()[0]


class PairRows(Sequence[PairRow]):
    """The rows that the task `pairs` reads, in order; of a square one for each photo, one after the other.

    Args:
        benchmark: which one.
        parts: its rows, part after part.
        described: `id`, `revision` and `split` of the data, for the results.
        photos: the folder of the photos that rows name; None: a photo that a row only names is missing.

    Raises:
        DataError: when a row is read that lacks a field, or names a photo outside the folder.
    """

    def __init__(
        self, benchmark: Benchmark, parts: Sequence[Part], described: Mapping[str, Any], photos: Path | None = None
    ) -> None:
        self.benchmark = benchmark
        self.parts = parts
        self.described = dict(described)
        self.photos = photos
        self._each = 2 if benchmark.square else 1
        self._ends = list(accumulate(len(part.rows) for part in parts))

    def __len__(self) -> int:
        return self._each * (self._ends[-1] if self._ends else 0)

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        case, side = divmod(index, self._each)
        place = bisect_right(self._ends, case)
        part = self.parts[place]
        number = case - (self._ends[place - 1] if place else 0)
        rows = [dict(row) for row in self._parsed(part, number)]
        for row in rows:
            row["image"] = self._photo(row["image"], part, number)
        row = rows[side]
        row["subset"] = str(row["subset"] or part.subset)
        row["key"] = "/".join(filter(None, (row["subset"], str(number))))
        if self.benchmark.square:
            # Both photos of a case are drawn together: for the bootstrap they are one image.
            row["image_id"], row["key"] = row["key"], f"{row['key']}/{side}"
            row["complete"] = all(each["image"] is not None for each in rows)
        else:
            row["image_id"] = str(row["image_id"] or _content_id(row["image"]) or row["key"])
        return row

    def __iter__(self) -> Iterator[PairRow]:
        return (self[index] for index in range(len(self)))

    def case(self, image_id: str, key: str) -> list[PairRow]:
        """The row that a decision was made of, of a square benchmark both rows; empty if there is none."""
        number = int(key.rpartition("/")[2])
        for end, part in zip(self._ends, self.parts, strict=True):
            if number < len(part.rows):
                first = self._each * (end - len(part.rows) + number)
                rows = [self[index] for index in range(first, first + self._each)]
                if rows[0]["image_id"] == image_id and rows[0]["key"] in (key, f"{key}/0"):
                    return rows
        return []

    def readers(self) -> list[Reader]:
        """Readers of the rows, in order; they can be sent to worker processes."""
        return [partial(self.__getitem__, index) for index in range(len(self))]

    def _parsed(self, part: Part, number: int) -> Sequence[PairRow]:
        try:
            return self.benchmark.parse(part.rows[number], part.subset)
        except KeyError as error:
            problem = f"row {number} has no `{error.args[0]}`"
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            problem = f"row {number} cannot be read: {error}"
        raise DataError(part.name, "", problem, f"give data in the layout of {self.benchmark.name}")

    def _photo(self, image: Any, part: Part, number: int) -> Any:
        """Bytes, or a file of the folder; None if there is none."""
        name = image.get("path") if isinstance(image, Mapping) and image.get("bytes") is None else image
        if not isinstance(name, (str, Path)):
            return name
        if self.photos is None:
            return None
        folder = self.photos.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            problem = f"row {number} names the photo {str(name)!r}, which is not in {folder}"
            raise DataError(part.name, "", problem, "name photos by their path in the folder")
        return {"bytes": None, "path": str(path)} if path.is_file() else None


def _content_id(image: Any) -> str | None:
    """Names a photo by its bytes, so that equal photos are one image for the bootstrap."""
    data = image.get("bytes") if isinstance(image, Mapping) else None
    return hashlib.blake2b(data, digest_size=8).hexdigest() if data else None
