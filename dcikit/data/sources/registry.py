"""The datasets that `dci import` reads."""

from __future__ import annotations

from .imported import Source
from .label_studio import LABEL_STUDIO

SOURCES: dict[str, Source] = {source.name: source for source in (LABEL_STUDIO,)}
"""By name."""
