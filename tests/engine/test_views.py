"""What a model is shown of a region, pixel by pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dcikit.engine.photo import open_mask
from dcikit.engine.views import View, seen
from dcikit.schema.errors import DataError


def photo(width: int, height: int) -> Image.Image:
    """Every pixel another colour."""
    values = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3) * 7 % 256
    return Image.fromarray(values.astype(np.uint8))


def mask(width: int, height: int, box: tuple[int, int, int, int]) -> Image.Image:
    drawn = Image.new("L", (width, height))
    drawn.paste(255, box)
    return drawn


def test_crop_and_a_region_without_a_mask_are_the_pixels_of_the_box() -> None:
    image = photo(6, 4)
    box = (1, 0, 5, 3)
    for view, of in ((View("crop", box), mask(6, 4, box)), (View("gray", box), None), (View("blur", box), None)):
        assert np.array_equal(np.asarray(seen(image, of, view)), np.asarray(image)[0:3, 1:5])
    assert np.array_equal(np.asarray(seen(image, None, View("outline", None))), np.asarray(image))


def test_gray_is_a_third_of_every_channel_plus_84_outside_of_the_mask() -> None:
    image = Image.new("RGB", (4, 2), (0, 2, 255))
    image.putpixel((2, 0), (3, 100, 254))
    found = seen(image, mask(4, 2, (2, 1, 4, 2)), View("gray", (1, 0, 4, 2)))
    pale, own, other = [84, 84, 169], [0, 2, 255], [85, 117, 168]
    assert np.asarray(found).tolist() == [[pale, other, pale], [pale, own, own]]


def test_blur_leaves_the_mask_alone() -> None:
    image = photo(60, 56)
    inside = (20, 10, 41, 50)
    found = np.asarray(seen(image, mask(60, 56, inside), View("blur", (0, 0, 60, 56))))
    own = np.asarray(image)
    assert np.array_equal(found[10:50, 20:41], own[10:50, 20:41])
    assert np.array_equal(found[:, :20], np.asarray(image.filter(ImageFilter.GaussianBlur(2)))[:, :20])


def test_an_outline_lies_around_the_mask_and_ends_at_the_border() -> None:
    image = photo(8, 6)
    found = np.asarray(seen(image, mask(8, 6, (5, 2, 8, 4)), View("outline", None)))
    red = (found == [255, 0, 0]).all(2)
    expected = ["........", "....####", "....#...", "....#...", "....####", "........"]
    assert ["".join(".#"[int(pixel)] for pixel in row) for row in red] == expected
    assert np.array_equal(found[~red], np.asarray(image)[~red])


def test_an_outline_is_a_hundredth_of_the_shorter_side_wide() -> None:
    found = np.asarray(seen(photo(310, 450), mask(310, 450, (100, 100, 200, 300)), View("outline", None)))
    red = (found == [255, 0, 0]).all(2)
    assert np.flatnonzero(red[200]).tolist() == [97, 98, 99, 200, 201, 202]
    assert np.flatnonzero(red[:, 150]).tolist() == [97, 98, 99, 300, 301, 302]


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L"])
def test_a_mask_in_any_form(mode: str) -> None:
    drawn = Image.new(mode, (3, 2))
    drawn.putpixel((1, 1), 1)
    for value in (drawn, png(drawn), {"bytes": png(drawn), "path": None}):
        assert np.asarray(open_mask(value, (3, 2), "here")).tolist() == [[0, 0, 0], [0, 255, 0]]


def test_a_mask_that_cannot_be() -> None:
    with pytest.raises(DataError, match="here: `mask`: the mask has 3x2 pixels, the photo 2x3; give a mask as large"):
        open_mask(Image.new("1", (3, 2)), (2, 3), "here")
    with pytest.raises(DataError, match="here: `mask`: the mask cannot be decoded: it is not an image"):
        open_mask(b"no image", (2, 3), "here")
