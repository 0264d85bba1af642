"""Untrusted JSON and where it stands: every wrong value is a `DataError` that names file and key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dcikit.schema.errors import DataError

from . import limits
from .json_values import Wrong, array, mapping, text
from .regular_file import read_regular
from .strict_json import parse_strictly

T = TypeVar("T")


def load_json(path: Path, remedy: str = "unpack dci.tar.gz again") -> Node:
    """Parses a JSON file, strictly.

    Raises:
        DataError: if the file is missing, unreadable, not UTF-8, not JSON or not unique in its keys; `remedy` helps.
    """
    try:
        value = parse_strictly(read_regular(path, limits.JSON_BYTES))
    except FileNotFoundError:
        raise DataError(str(path), "", "the file is missing", remedy) from None
    except OSError as error:
        raise DataError(str(path), "", f"cannot be read: {error.strerror}", "check its permissions") from None
    except ValueError as error:
        raise DataError(str(path), "", f"is not valid JSON: {error}", remedy) from None
    return Node(value, str(path))


@dataclass(slots=True)
class Node:
    """A JSON value and where it stands."""

    value: Any
    file: str
    key: str = ""

    def error(self, problem: str, remedy: str, *path: str | int) -> DataError:
        """The error of this value, or of the one at `path` below it."""
        key = ".".join(map(str, (self.key, *path) if self.key else path))
        return DataError(self.file, key, problem, remedy)

    def read(self, check: Callable[[Any], T]) -> T:
        """The value, by one of the checks of `json_values`."""
        try:
            return check(self.value)
        except Wrong as wrong:
            raise self.error(wrong.problem, wrong.remedy, *wrong.path) from None

    def get(self, name: str, check: Callable[[Any], T]) -> T:
        """`self[name].read(check)`, without a node for the member while all is well."""
        try:
            return check(self.value[name])
        except (Wrong, KeyError, TypeError):
            pass
        return self[name].read(check)

    def find(self, name: str, check: Callable[[Any], T]) -> T | None:
        """`get`, None if the member is absent or null."""
        return self.get(name, check) if name in self else None

    def __contains__(self, name: str) -> bool:
        """Whether an object has the member `name`, and not as null."""
        return self.read(mapping).get(name) is not None

    def __getitem__(self, name: str) -> Node:
        """The member `name` of an object; raises if it is absent."""
        if name not in self.read(mapping):
            raise self.error("the key is missing", "add it, or get the file again", name)
        return self._below(name, self.value[name])

    def members(self) -> Iterator[tuple[str, Node]]:
        for name, value in self.read(mapping).items():
            yield name, self._below(name, value)

    def items(self) -> list[Node]:
        return [self._below(index, value) for index, value in enumerate(self.read(array))]

    def text(self) -> str:
        return self.read(text)

    def _below(self, name: str | int, value: Any) -> Node:
        return Node(value, self.file, f"{self.key}.{name}" if self.key else str(name))
