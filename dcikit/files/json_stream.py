"""JSON objects one after another from a file that may be larger than memory."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from dcikit.schema.errors import DataError

from .json_node import Node
from .regular_file import open_regular
from .strict_json import parse_strictly, strict_decoder

_CHUNK = 2**20
_AGAIN = "download it again, or give another file"


def json_objects(path: Path) -> Iterator[Node]:
    """The objects of a JSON array, or of JSON Lines, with their places: `3`, or `line 4`.

    Raises:
        DataError: if the file is missing, unreadable or neither of them (NaN and Infinity are not JSON).
    """
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            start = file.read(1)
            while start and start.isspace():
                start = file.read(1)
            yield from _array(path, file) if start == "[" else _lines(path, file, start)
    except FileNotFoundError:
        raise DataError(str(path), "", "the file is missing", "give the path of the file") from None
    except OSError as error:
        raise DataError(str(path), "", f"cannot be read: {error.strerror}", "give the path of the file") from None
    except UnicodeDecodeError as error:
        raise DataError(str(path), "", f"is not UTF-8: {error}", _AGAIN) from None


def _lines(path: Path, file: TextIO, start: str) -> Iterator[Node]:
    for number, line in enumerate(file, start=1):
        text = start + line if number == 1 else line
        if text.strip():
            key = f"line {number}"
            try:
                yield Node(parse_strictly(text), str(path), key)
            except ValueError as error:
                raise DataError(str(path), key, f"is not valid JSON: {error}", _AGAIN) from None


def _array(path: Path, file: TextIO) -> Iterator[Node]:
    decoder = strict_decoder()
    buffer, count = "", 0
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            more = file.read(max(_CHUNK, len(buffer)))  # twice as much: a long object is not parsed again and again
            if not more or not isinstance(error, json.JSONDecodeError):
                raise DataError(str(path), str(count), f"is not valid JSON: {error}", _AGAIN) from None
            buffer += more
            continue
        yield Node(_object(path, count, value), str(path), str(count))
        buffer, count = buffer[end:], count + 1


def _object(path: Path, count: int, value: Any) -> Any:
    if not isinstance(value, dict):  # a number may be cut where the buffer ends; an object cannot
        raise DataError(str(path), str(count), "must be an object", _AGAIN)
    return value
