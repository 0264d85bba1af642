"""Boxes drawn by clicking two opposite corners: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

Point = tuple[int, int]


def add_corner(
    boxes: Sequence[Box], corner: Point | None, clicked: Point, size: tuple[int, int]
) -> tuple[list[Box], Point | None]:
    """The boxes after a click, and the corner that waits for its opposite.

    Args:
        boxes: those there are.
        corner: the pixel of an earlier click; None: this one begins a box.
        clicked: the pixel; outside the image it counts as the nearest one inside.
        size: width and height of the image.
    """
    x, y = (min(max(at, 0), side - 1) for at, side in zip(clicked, size, strict=True))
    if corner is None:
        return list(boxes), (x, y)
    (x0, x1), (y0, y1) = sorted((corner[0], x)), sorted((corner[1], y))
    return [*boxes, (x0, y0, x1 + 1, y1 + 1)], None
