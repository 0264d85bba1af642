"""Files of somebody else's, read with an error for whatever they may hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from dcikit.schema.errors import DataError

from .strict_json import parse_strictly


def open_annotations(file: Path) -> BinaryIO:
    """Opens a file to be read.

    Raises:
        DataError: if that fails.
    """
    try:
        return file.open("rb")
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


def _is_text(value: Any) -> bool:
    """Whether it is a string that UTF-8 can hold: JSON can write half a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "a list": lambda value: isinstance(value, list),
    "text": _is_text,
    "an id": lambda value: _is_whole(value) or (_is_text(value) and value != ""),
    "pixels": lambda value: _is_whole(value) and 0 < value < 2**31,
}


def member(holder: Any, name: str, kind: str, file: Path, key: str = "") -> Any:
    """The member `name` of the JSON object at `key` of a file, which may hold anything.

    Args:
        kind: "a list", "text", "an id" (an integer or a string) or "pixels" (an integer from 1).

    Raises:
        DataError: if it is missing, or not of that kind.
    """
    if not isinstance(holder, dict):
        raise defect(file, key, f"must be an object, got {_short(holder)}", "correct the value, or give another file")
    key = f"{key}.{name}" if key else name
    if name not in holder:
        raise defect(file, key, "the key is missing", "add it, or give another file")
    if not _KINDS[kind](holder[name]):
        raise defect(file, key, f"must be {kind}, got {_short(holder[name])}", "correct the value")
    return holder[name]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def defect(file: Path, key: str, problem: str, remedy: str) -> DataError:
    """The error of a file, at `key` (empty: as a whole): what is wrong, and what to do."""
    return DataError(str(file), key, problem, remedy)
