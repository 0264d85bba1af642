"""Files on the file systems of fsspec, such as s3://bucket/folder or hf://datasets/user/name/folder."""

from __future__ import annotations

import errno
import posixpath
from dataclasses import dataclass
from typing import Any

from dcikit.schema.errors import ArgumentError, first_line

from .redact import plain, public_url, redacted, secrets_of
from .safe_names import is_plain_name


@dataclass(frozen=True)
class RemoteFile:
    """A file that is read as a whole, on any machine that may: only its URL is pickled."""

    url: str

    def __str__(self) -> str:
        return public_url(self.url)

    @property
    def name(self) -> str:
        return posixpath.basename(self.url)

    @property
    def stem(self) -> str:
        return posixpath.splitext(self.name)[0]

    @property
    def suffix(self) -> str:
        return posixpath.splitext(self.name)[1]

    def read(self, limit: int) -> bytes:
        """The bytes of the file.

        Raises:
            OSError: if it cannot be read, or has more than `limit` bytes.
        """
        try:
            system, path = _file_system(self.url)
            data: bytes = system.cat_file(path, end=limit + 1)
        except Exception as error:  # every storage has errors of its own
            raise OSError(errno.EIO, _reason(error, self.url)) from None
        if len(data) > limit:
            raise OSError(errno.EFBIG, f"it has more than {limit:,} bytes")
        return data


def is_remote(place: str) -> bool:
    return "://" in place


def list_folder(url: str) -> tuple[list[RemoteFile], list[str]]:
    """The files directly in a folder, by name, and the names of the folders there.

    Raises:
        ArgumentError: if the folder cannot be listed.
    """
    try:
        system, path = _file_system(url)
        entries = system.ls(path, detail=True)
    except Exception as error:  # every storage has errors of its own, and none for a package that is not installed
        raise ArgumentError(
            f"`photos` must be a folder that can be listed, got {public_url(url)}: {_reason(error, url)}"
        ) from None
    files, others = [], []
    for entry in entries:
        name = posixpath.basename(entry["name"].rstrip("/"))
        if not is_plain_name(name) or name.startswith("."):
            continue
        if entry["type"] == "file":
            files.append(RemoteFile(system.unstrip_protocol(entry["name"])))
        else:
            others.append(name)
    return sorted(files, key=lambda file: file.name), sorted(others)


def _reason(error: Exception, url: str) -> str:
    return plain(redacted(first_line(error), *secrets_of(url)))


def _file_system(url: str) -> tuple[Any, str]:
    import fsspec

    return fsspec.core.url_to_fs(url)
