"""Starts the page of a published metric: in its Space, this file lies beside the metric's."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).resolve().parent

if __name__ == "__main__":
    package = ModuleType("dci_space")  # the files beside import each other as those of a package, as evaluate wants it
    package.__path__ = [str(_FOLDER)]
    sys.modules[package.__name__] = package
    page = import_module("dci_space.page")
    page.build(_FOLDER).launch(theme=page.THEME, show_error=True)
