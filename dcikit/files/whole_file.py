"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .stream import is_stream, stream_file

_PROBE = 2**16
"""Bytes that a disk must have room for before work begins."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to: what is there at the end replaces `path`; after an error nothing is left.

    It is beside `path`, unless that is a device or a pipe, which gets the bytes and is not replaced.
    """
    if is_stream(path):
        with stream_file(path) as temporary:
            yield temporary
        return
    with _beside(path) as temporary:
        yield temporary
        temporary.replace(path)


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


def check_writable(path: Path) -> None:
    """Checks that a file can be written at `path`, before the work that its contents take.

    Raises:
        OSError: if its folder is missing or read-only, its disk is full, or it is a folder itself.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
    if not is_stream(path):
        with _beside(path) as temporary:
            temporary.write_bytes(bytes(_PROBE))


def remove_unfinished(folder: Path) -> None:
    """Removes what killed processes left in a folder; call it only where nobody else is writing."""
    for path in folder.glob(".*.tmp"):
        path.unlink()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
