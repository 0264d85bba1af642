"""A failure as the page shows it: the crop, its own caption, and what the model preferred to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .words import Piece

SIDE = 360
SMALL_SIDE = 120
"""Pixels of a crop's longer side, and of that of the crop beside it."""


@dataclass(frozen=True)
class Failure:
    """A region that is wrong.

    Attributes:
        image_id, key: which.
        jpeg: its crop, base64.
        own, rival: scores of its caption and of what was chosen.
        caption, chosen: the two texts, in pieces; those of a negative's that differ are marked.
        whose: the region or the negative that was chosen.
        other_jpeg: the crop that the chosen caption belongs to, base64; None for a negative.
    """

    image_id: str
    key: str
    jpeg: str
    own: float
    rival: float
    caption: list[Piece]
    chosen: list[Piece]
    whose: str
    other_jpeg: str | None = None

    @property
    def margin(self) -> float:
        return self.own - self.rival


Explain = Callable[[str, Mapping[str, Any]], Failure]
"""The name of a score and a wrong decision of it, as the file of samples has it, -> what the page shows of it."""
