"""Checks of JSON values: each gives the value back, typed, or says what is wrong with it.

JSON has no subclasses: `type(value) is int` leaves out True, which `isinstance` takes for an integer.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_LARGEST = sys.float_info.max


class Wrong(ValueError):
    """A value that a check refuses: what is wrong, what to do, and where in the value. `Node` knows file and key."""

    def __init__(self, problem: str, remedy: str, *path: str | int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.path = path


def _wrong_type(expected: str, value: Any) -> Wrong:
    found = reprlib.repr(value)  # short and shallow, whatever it holds
    found = found if len(found) <= 40 else found[:37] + "..."
    return Wrong(f"must be {expected}, got {found}", "correct the value")


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type("an object", value)
    return value


def array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_type("a list", value)
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type("a string", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Wrong("holds half a surrogate pair", "write the character in UTF-8") from None
    return value


def integer(value: Any) -> int:
    if type(value) is not int:
        raise _wrong_type("an integer", value)
    return value


def number(value: Any) -> float:
    if type(value) not in (int, float):
        raise _wrong_type("a number", value)
    if not -_LARGEST <= value <= _LARGEST:  # neither infinite nor NaN, and no integer beyond a float
        raise _wrong_type("a finite number", value)
    return float(value)


def whole(value: Any) -> int:
    """A whole number; 3.0 is one too."""
    if type(value) is float and value.is_integer():
        return int(value)
    return integer(value)


def pixels(value: Any) -> int:
    """A width or height."""
    if not 0 < integer(value) < 2**31:
        raise Wrong(f"must be a number of pixels, got {value}", "correct the value")
    return value


def identifier(value: Any) -> str:
    """An id, which the release writes as an integer or as a string."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and value:
        return text(value)
    raise _wrong_type("an id (an integer or a string)", value)


def each(check: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """The check of a list of such values."""

    def check_all(value: Any) -> list[T]:
        items = array(value)
        checked: list[T] = []
        try:
            for item in items:
                checked.append(check(item))
        except Wrong as wrong:
            raise Wrong(wrong.problem, wrong.remedy, len(checked), *wrong.path) from None
        return checked

    return check_all


texts = each(text)
identifiers = each(identifier)
