"""Devices, pipes, and files that are open already (/dev/stdout): they are written to, and nothing takes their place."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_OPEN_FILE = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_NAMES = {"/dev/stdin": "/dev/fd/0", "/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}


def is_stream(path: Path) -> bool:
    """Whether a path is a device, a pipe or an open file, rather than a place for a file."""
    return _descriptor(path) is not None or (path.exists() and not (path.is_file() or path.is_dir()))


@contextmanager
def stream_file(path: Path) -> Iterator[Path]:
    """A path to write to, whose bytes go to the stream at the end; none do after an error."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "stream"
        yield temporary
        with temporary.open("rb") as source, _opened(path) as target:
            shutil.copyfileobj(source, target)


def _opened(path: Path) -> BinaryIO:
    """An open file goes on where it is: Linux would open the file behind it anew, at its beginning."""
    number = _descriptor(path)
    return open(path, "wb") if number is None else os.fdopen(os.dup(number), "wb")


def _descriptor(path: Path) -> int | None:
    name = os.path.abspath(path)
    found = _OPEN_FILE.fullmatch(_NAMES.get(name, name))
    return int(found[1]) if found else None
