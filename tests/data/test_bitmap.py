"""Masks as pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcikit.data.bitmap import decode, encode, filled, mask_of, polygon

WIDTH, HEIGHT = 19, 11
boxes = st.tuples(
    st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, WIDTH), st.integers(1, HEIGHT)
).map(lambda b: (b[0], b[1], max(b[2], b[0] + 1), max(b[3], b[1] + 1)))


@given(boxes)
def test_a_box_is_the_box_of_its_pixels(box: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = box
    mask = mask_of("1", filled(box, WIDTH, HEIGHT))
    assert mask.bbox == box
    assert mask.area == (x1 - x0) * (y1 - y0)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    assert np.array_equal(polygon(corners, WIDTH, HEIGHT), decode(mask.png))


@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=3, max_size=8))
def test_a_polygon_has_the_pixels_whose_centres_are_inside(points: list[tuple[float, float]]) -> None:
    def is_inside(x: float, y: float) -> bool:
        crossings = 0
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            if min(y0, y1) <= y < max(y0, y1) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
                crossings += 1
        return crossings % 2 == 1

    slow = [[is_inside(x + 0.5, y + 0.5) for x in range(WIDTH)] for y in range(HEIGHT)]
    assert polygon(points, WIDTH, HEIGHT).tolist() == slow


@given(st.integers(1, 40), st.integers(1, 9))
def test_a_png_keeps_every_pixel(width: int, height: int) -> None:
    pixels = np.random.default_rng(width * height).random((height, width)) < 0.5
    assert np.array_equal(decode(encode(pixels)), pixels)
