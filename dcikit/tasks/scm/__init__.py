"""Subcrop-caption matching and negatives on sDCI (docs/protocol.md §5)."""

from dcikit.schema.suites import SUITES

from .distractors import Distractors
from .task import Scm
from .text_levels import TextLevels
from .views import Views

__all__ = ["SUITES", "Distractors", "Scm", "TextLevels", "Views"]
