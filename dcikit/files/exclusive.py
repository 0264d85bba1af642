"""Work that one process may do at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from dcikit.schema.errors import DciError


@contextmanager
def exclusive(path: Path, message: str) -> Iterator[None]:
    """Holds the lock file `path`, which is gone afterwards. The lock of a process that was killed is free.

    Raises:
        DciError: with `message`, if another process holds it.
    """
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise DciError(message) from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps it as long as somebody has it open
            path.unlink()
        lock.release()
