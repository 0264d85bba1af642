"""Typed access to untrusted JSON: every wrong type is a `DataError` that names file and key."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import DataError


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def load_json(path: Path) -> Node:
    """Parses a JSON file.

    Raises:
        DataError: if the file is missing, unreadable, not UTF-8 or not JSON (NaN and Infinity are not).
    """
    try:
        value = json.loads(path.read_bytes(), parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise DataError(str(path), "", "the file is missing", "unpack dci.tar.gz again") from None
    except OSError as error:
        raise DataError(str(path), "", f"cannot be read: {error.strerror}", "check its permissions") from None
    except (ValueError, RecursionError) as error:
        raise DataError(str(path), "", f"is not valid JSON: {error}", "unpack dci.tar.gz again") from None
    return Node(value, str(path))


@dataclass(frozen=True)
class Node:
    """A JSON value and where it stands."""

    value: Any
    file: str
    key: str = ""

    def error(self, problem: str, remedy: str) -> DataError:
        return DataError(self.file, self.key, problem, remedy)

    def _wrong_type(self, expected: str) -> DataError:
        found = repr(self.value)
        found = found if len(found) <= 40 else found[:37] + "..."
        return self.error(f"must be {expected}, got {found}", "correct the value")

    def _below(self, name: str | int, value: Any) -> Node:
        return Node(value, self.file, f"{self.key}.{name}" if self.key else str(name))

    def __contains__(self, name: str) -> bool:
        """Whether an object has the member `name`, and not as null."""
        if not isinstance(self.value, dict):
            raise self._wrong_type("an object")
        return self.value.get(name) is not None

    def __getitem__(self, name: str) -> Node:
        """The member `name` of an object; raises if it is absent."""
        if not isinstance(self.value, dict):
            raise self._wrong_type("an object")
        if name not in self.value:
            raise self._below(name, None).error("the key is missing", "add it, or unpack dci.tar.gz again")
        return self._below(name, self.value[name])

    def members(self) -> Iterator[tuple[str, Node]]:
        if not isinstance(self.value, dict):
            raise self._wrong_type("an object")
        for name, value in self.value.items():
            yield name, self._below(name, value)

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self._wrong_type("a list")
        return [self._below(index, value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self._wrong_type("a string")
        try:
            self.value.encode()
        except UnicodeEncodeError:
            raise self.error("holds half a surrogate pair", "write the character in UTF-8") from None
        return self.value

    def texts(self) -> list[str]:
        return [item.text() for item in self.items()]

    def integer(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._wrong_type("an integer")
        return self.value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise self._wrong_type("a number")
        if not math.isfinite(self.value):
            raise self._wrong_type("a finite number")
        return float(self.value)

    def identifier(self) -> str:
        """An id, which the release writes as an integer or as a string."""
        if isinstance(self.value, str) and self.value:
            return self.text()
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        raise self._wrong_type("an id (an integer or a string)")
