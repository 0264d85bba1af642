"""JSON that cannot be misread."""

from __future__ import annotations

import json
from typing import Any


def parse_strictly(data: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: if it is not JSON (NaN and Infinity are not), or an object has a key twice.
    """
    try:
        return json.loads(data, parse_constant=_refuse, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def strict_decoder() -> json.JSONDecoder:
    """The decoder behind `parse_strictly`, for one value of many in a text."""
    return json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found
