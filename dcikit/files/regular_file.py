"""Files that are read: a pipe or a device would keep its reader waiting, or never end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, limit: int | None = None) -> BinaryIO:
    """Opens a regular file, or a link to one.

    Args:
        limit: bytes that it may have.

    Raises:
        OSError: if it is none, cannot be read, or is larger.
    """
    found = os.stat(path)
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):  # of a folder, the system says so itself
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file", str(path))
    if limit is not None and found.st_size > limit:
        raise OSError(errno.EFBIG, f"it has {found.st_size:,} bytes, at most {limit:,} are read", str(path))
    return open(path, "rb")


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file; raises like `open_regular`."""
    with open_regular(path, limit) as file:
        return file.read()
