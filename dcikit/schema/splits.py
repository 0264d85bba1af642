"""The splits of the release."""

from __future__ import annotations

SPLITS = ("train", "validation", "test")
"""Their names, in the order in which rows of several of them come."""
