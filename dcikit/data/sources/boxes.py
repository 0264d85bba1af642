"""Boxes of other datasets: as pixels inside the image, and as a tree."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..record import Box
from .imported import Frame, Notes

OUTSIDE = "boxes outside the image"
EMPTY = "boxes without a pixel"


def box_inside(corners: tuple[float, float, float, float], frame: Frame, key: str, notes: Notes) -> Box | None:
    """The box x0, y0, x1, y1 in whole pixels, cut off at the image's edges; None, and a note, if nothing is left."""
    x0, y0, x1, y1 = (round(corner) if math.isfinite(corner) else 0 for corner in corners)
    box = max(x0, 0), max(y0, 0), min(x1, frame.width), min(y1, frame.height)
    if box[0] >= box[2] or box[1] >= box[3]:
        notes.append((EMPTY, key))
        return None
    if box != (x0, y0, x1, y1):
        notes.append((OUTSIDE, key))
    return box


def area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def contains(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def smallest_around(box: Box, boxes: Iterable[tuple[str, Box]]) -> str | None:
    """The name of the smallest of the boxes that contains `box`; of the smallest at all if none does."""
    candidates = list(boxes)
    around = [each for each in candidates if contains(each[1], box)] or candidates
    return min(around, key=lambda each: area(each[1]))[0] if around else None
