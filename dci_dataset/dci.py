"""The module that `load_dataset("dci", ...)` loads, and the loading script of `datasets` 3.x: the builder's door."""

from __future__ import annotations

from dcikit.data.builder import Dci
from dcikit.data.builder import DciConfig

__all__ = ["Dci", "DciConfig"]
