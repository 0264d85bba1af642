"""Devices, pipes, and files that are open already (/dev/stdout): they are written to, and nothing takes their place."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OPEN_FILE = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_NAMES = {"/dev/stdin": "/dev/fd/0", "/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}


def is_stream(path: Path) -> bool:
    """Whether a path is a device, a pipe or an open file, rather than a place for a file."""
    return _descriptor(path) is not None or (path.exists() and not (path.is_file() or path.is_dir()))


@contextmanager
def elsewhere() -> Iterator[Path]:
    """The path of a temporary file, which cannot be beside a stream, and is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "stream"


def send(file: Path, path: Path) -> None:
    """Writes the bytes of a file to a stream. An open file goes on where it is."""
    number = _descriptor(path)  # Linux would open the file behind it anew, at its beginning
    with file.open("rb") as source, open(path if number is None else os.dup(number), "wb") as target:
        shutil.copyfileobj(source, target)


def _descriptor(path: Path) -> int | None:
    name = os.path.abspath(path)
    found = _OPEN_FILE.fullmatch(_NAMES.get(name, name))
    return int(found[1]) if found else None
