"""Boxes of other datasets, against the pixels that they cover."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcikit.data.bitmap import box_of, filled
from dcikit.data.sources.boxes import EMPTY, OUTSIDE, box_inside, contains, smallest_around
from dcikit.data.sources.imported import Frame, Notes

FRAME = Frame("1", "one.jpg", 19, 11)
whole = st.integers(-25, 40)
boxes = st.tuples(st.integers(0, 17), st.integers(0, 9), st.integers(1, 19), st.integers(1, 11)).map(
    lambda b: (b[0], b[1], max(b[2], b[0] + 1), max(b[3], b[1] + 1))
)


@given(st.tuples(whole, whole, whole, whole))
def test_a_box_covers_the_pixels_of_the_image_that_are_in_it(corners: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = corners
    slow = np.array([[x0 <= x < x1 and y0 <= y < y1 for x in range(FRAME.width)] for y in range(FRAME.height)])
    notes: Notes = []
    box = box_inside(corners, FRAME, "here", notes)
    if not slow.any():
        assert (box, notes) == (None, [(EMPTY, "here")])
        return
    assert box is not None
    assert np.array_equal(filled(box, FRAME.width, FRAME.height), slow)
    assert box_of(slow) == box
    assert notes == ([] if box == corners else [(OUTSIDE, "here")])


@given(boxes, st.lists(boxes, max_size=5))
def test_the_parent_is_the_smallest_box_around_it(inner: tuple[int, ...], others: list[tuple[int, ...]]) -> None:
    def pixels(box: tuple[int, ...]) -> np.ndarray:
        return filled((box[0], box[1], box[2], box[3]), FRAME.width, FRAME.height)

    found = smallest_around(inner, ((str(place), box) for place, box in enumerate(others)))
    around = [box for box in others if (pixels(box) | ~pixels(inner)).all()]
    assert [contains(box, inner) for box in others] == [box in around for box in others]
    sizes = [int(pixels(box).sum()) for box in around or others]
    assert (found is None) == (not others)
    assert found is None or int(pixels(others[int(found)]).sum()) == min(sizes)
