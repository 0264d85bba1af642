"""How a folder is annotated."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

PAPER_WORDS = 750
"""The words of an image that DCI's annotators were shown as their target."""


@dataclass(frozen=True)
class Settings:
    """What the command decides.

    Attributes:
        target: words of an image that annotators are shown as their goal.
    """

    target: int = PAPER_WORDS

    def document(self) -> dict[str, Any]:
        return asdict(self)
