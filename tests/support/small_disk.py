"""A disk that is nearly full: a small tmpfs, or where none can be mounted a limit on the size of files."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 2**23
"""Bytes of the tmpfs."""


class SmallDisk:
    """A folder on such a disk.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.filler = folder / ".filler"
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        self.is_mounted = bool(shutil.which("mount")) and not subprocess.run(mount, capture_output=True).returncode
        self._unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def full(self, left: int) -> Iterator[None]:
        """Has room for about `left` more bytes, or for files of so many."""
        if self.is_mounted:
            self.filler.write_bytes(bytes(shutil.disk_usage(self.folder).free - left))
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (left, self._unlimited[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._unlimited)
            self.filler.unlink(missing_ok=True)

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
