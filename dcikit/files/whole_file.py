"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: what is there at the end replaces `path`; after an error nothing is left."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Writes a file, whole or not at all.

    Args:
        durable: return when it is on the disk, not only on its way there.
    """
    with whole_file(path) as temporary, temporary.open("wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def remove_unfinished(folder: Path) -> None:
    """Removes what killed processes left in a folder; call it only where nobody else is writing."""
    for path in folder.glob(".*.tmp"):
        path.unlink()
