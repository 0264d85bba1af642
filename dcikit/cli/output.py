"""Files that a command is asked to write, looked at before the work begins."""

from __future__ import annotations

from pathlib import Path


def check_output(path: Path | None, option: str = "--output") -> None:
    """Refuses a file whose folder does not exist.

    Raises:
        ValueError: with the name of the option.
    """
    if path is not None and not path.parent.is_dir():
        raise ValueError(f"`{option}` must be in a folder that exists, got {path}")
