"""Files, and folders, that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .stream import elsewhere, is_stream, send


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to: what is there at the end replaces `path`; after an error nothing is left.

    It is beside `path`, unless that is a device or a pipe, which gets the bytes and is not replaced.
    """
    streamed = is_stream(path)
    with elsewhere() if streamed else beside(path) as temporary:
        try:
            yield temporary
            send(temporary, path) if streamed else temporary.replace(path)
        except OSError as error:
            if error.errno is None or error.filename not in (None, str(temporary)):  # of another file
                raise
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from None


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


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder that becomes `path`, which must not exist, at the end; after an error it is gone."""
    unfinished = path.with_name(f".{path.name}-{uuid.uuid4().hex[:12]}")
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def remove_unfinished(folder: Path) -> None:
    """Removes what killed processes left in a folder; call it only where nobody else is writing."""
    for path in folder.glob(".*.tmp"):
        path.unlink()


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """The path of a temporary file beside `path`, which is gone afterwards."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
