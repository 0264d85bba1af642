"""Where results go, looked at before the work that makes them begins."""

from __future__ import annotations

import os
from pathlib import Path

from dcikit.schema.errors import ArgumentError

from .stream import is_stream
from .whole_file import beside

_PROBE = 2**16
"""Bytes that a disk must have room for."""


def check_output(path: Path | None, argument: str = "output") -> None:
    """Checks that a file can be written at `path`; None: none is.

    Raises:
        ArgumentError: if its folder is missing or read-only, its disk is full, or it is a folder itself.
    """
    if path is None or is_stream(path):
        return
    if path.is_dir():
        raise ArgumentError(f"`{argument}` must be a file, got the folder {path}")
    try:
        _try_to_write(path)
    except OSError as error:
        raise _refusal(argument, path, error) from None


def check_output_folder(path: Path | None, argument: str = "output_dir") -> None:
    """Checks that files can be written in the folder `path`, which may be made; None: none are.

    Raises:
        ArgumentError: if it is a file, or files cannot be written in it, or in what is there of the way to it.
    """
    if path is None:
        return
    there = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    if not there.is_dir():
        raise ArgumentError(f"`{argument}` must be a folder, got {path}: {there} is a file")
    try:
        _try_to_write(there / "output")
    except OSError as error:
        raise _refusal(argument, path, error) from None


def _try_to_write(path: Path) -> None:
    with beside(path) as temporary:
        temporary.write_bytes(bytes(_PROBE))


def _refusal(argument: str, path: Path, error: OSError) -> ArgumentError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ArgumentError(f"`{argument}` must be where files can be written, got {path}: {reason}")
