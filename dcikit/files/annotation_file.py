"""Files of somebody else's, read with an error for whatever they may hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from dcikit.schema.errors import DataError

from .json_node import Node
from .json_values import array, identifier, pixels, text
from .regular_file import open_regular
from .strict_json import parse_strictly

_CHECKS: dict[str, Callable[[Any], Any]] = {"a list": array, "text": text, "an id": identifier, "pixels": pixels}


def open_annotations(file: Path) -> BinaryIO:
    """Opens a file to be read.

    Raises:
        DataError: if that fails.
    """
    try:
        return open_regular(file)
    except OSError as error:
        raise defect(file, "", f"cannot be read: {error.strerror}", "give the path of the file") from None


def parse_json(data: bytes, file: Path, key: str = "") -> Any:
    """The JSON at `key` of a file.

    Raises:
        DataError: if it is none.
    """
    try:
        return parse_strictly(data)
    except ValueError as error:
        raise defect(file, key, f"is not JSON: {error}", "correct it, or give another file") from None


def member(holder: Any, name: str, kind: str, file: Path, key: str = "") -> Any:
    """The member `name` of the JSON object at `key` of a file, which may hold anything.

    Args:
        kind: "a list", "text", "an id" (an integer or a string, given as a string) or "pixels" (an integer from 1).

    Raises:
        DataError: if it is missing, or not of that kind.
    """
    return Node(holder, str(file), key).get(name, _CHECKS[kind])


def defect(file: Path, key: str, problem: str, remedy: str) -> DataError:
    """The error of a file, at `key` (empty: as a whole): what is wrong, and what to do."""
    return DataError(str(file), key, problem, remedy)
