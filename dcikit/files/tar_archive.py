"""Tar archives of somebody else's, read once from the front: what is damaged is never taken for their end."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from . import limits
from .regular_file import open_regular

_NAMES = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
"""Members that tarfile reads into memory: the name of the next one, and what else is said of it."""

TAR_ERRORS = (tarfile.TarError, EOFError, RecursionError, zlib.error, lzma.LZMAError)
"""What a damaged archive makes tarfile stumble over."""

_ALWAYS = 2**30
"""Bytes that may come out of any archive, however small."""


@contextmanager
def open_tar(archive: Path) -> Iterator[tuple[BinaryIO, Iterator[tarfile.TarInfo], tarfile.TarFile]]:
    """The file (for its position), its members in order, and the archive.

    Raises:
        OSError: if the file cannot be read.
        TAR_ERRORS: here or later, if it is damaged or a bomb.
    """
    with open_regular(archive) as file, tarfile.open(fileobj=file, mode="r|*", tarinfo=_StrictInfo) as tar:
        yield file, _members(tar, archive.stat().st_size), tar


def _members(tar: tarfile.TarFile, size: int) -> Iterator[tarfile.TarInfo]:
    left = max(_ALWAYS, limits.EXPANSION * size)
    for member in tar:
        if member.issparse():
            raise tarfile.ReadError(f"{member.name[:80]!r} is a sparse file")
        left -= member.size
        if left < 0:
            raise tarfile.ReadError(f"it holds more than {limits.EXPANSION} times its own size")
        yield member


class _StrictInfo(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _StrictInfo:
        try:
            found = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:  # tarfile would take it for the end
            raise tarfile.ReadError(f"a header is damaged or cut ({error})") from None
        if found.type in _NAMES and found.size > limits.MEMBER_NAME:
            raise tarfile.ReadError(f"a name has {found.size:,} bytes, at most {limits.MEMBER_NAME:,} are read")
        return found
