"""Starts the page. In the Space this file is at the root, beside the metric's files."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

try:
    import dci_metric  # noqa: F401
except ImportError:  # the Space: the metric's files are not in a package there
    sys.modules["dci_metric"] = package = ModuleType("dci_metric")
    package.__path__ = [str(Path(__file__).parent)]

from space.page import THEME, build  # type: ignore[import-not-found]

if __name__ == "__main__":
    build(Path(__file__).parent).launch(theme=THEME, show_error=True)
