"""Subcrop-caption matching and negatives on sDCI (docs/protocol.md §5)."""

from dcikit.schema.suites import SUITES

from .task import Scm
from .views import Views

__all__ = ["SUITES", "Scm", "Views"]
