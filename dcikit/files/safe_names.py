"""Names from untrusted files that become paths."""

from __future__ import annotations

import ntpath


def is_plain_name(name: str) -> bool:
    """Whether a name is that of a file inside a folder, on every system: no path, no drive, not the folder itself."""
    return name == ntpath.basename(name) and name not in ("", ".", "..") and "\0" not in name
