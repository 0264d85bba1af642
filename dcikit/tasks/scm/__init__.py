"""Subcrop-caption matching and negatives on sDCI (docs/protocol.md §5)."""

from .task import SUITES, Scm

__all__ = ["SUITES", "Scm"]
