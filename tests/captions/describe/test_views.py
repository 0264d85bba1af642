"""What a model is shown of a region."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from dcikit.captions.describe.views import CROPS, photo_view, region_view
from dcikit.data.bitmap import filled, mask_of

GREY, RED = (128, 128, 128), (215, 35, 40)


def pixels(view: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(view)) as image:
        assert image.format == "JPEG"
        return np.asarray(image).astype(int)


def square() -> tuple[Image.Image, np.ndarray]:
    """A red square on the grey right of a photo, whose left half is white."""
    photo = Image.new("RGB", (400, 300), "white")
    photo.paste(GREY, (200, 0, 400, 300))
    photo.paste(RED, (240, 100, 340, 200))
    return photo, filled((240, 100, 340, 200), 400, 300)


def near(found: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(found - colour).max(-1) < 25


def test_an_outline_runs_around_the_mask_and_hides_nothing_of_it() -> None:
    photo, inside = square()
    view = pixels(region_view(photo, mask_of("1", inside), "outline"))
    assert view.shape == (200, 200, 3)  # half the box more on every side; 10 px less would be beyond the photo
    line = near(view, (255, 0, 255))
    assert line[47:50, 60:140].all() and line[150:153, 60:140].all()
    assert line[60:140, 47:50].all() and line[60:140, 150:153].all()
    assert near(view[55:145, 55:145], RED).all()
    assert near(view[10:40, 20:190], GREY).all()


def test_blur_keeps_the_mask_sharp() -> None:
    photo, inside = square()
    view = pixels(region_view(photo, mask_of("1", inside), "blur"))
    assert near(view[52:148, 52:148], RED).all()
    around = view[49, 60:140]
    assert (around[:, 0] > GREY[0]).all(), "red has run into the grey"


def test_a_box_is_the_crop_that_is_scored() -> None:
    photo, inside = square()
    view = pixels(region_view(photo, mask_of("1", inside), "boxes"))
    assert view.shape == (130, 130, 3)  # docs/protocol.md §3: 15% more on every side
    assert not near(view, (255, 0, 255)).any()


def test_views_end_at_the_photo_and_large_ones_are_scaled_down() -> None:
    photo = Image.new("RGB", (3000, 1500), GREY)
    mask = mask_of("1", filled((0, 0, 2000, 1400), 3000, 1500))
    assert pixels(region_view(photo, mask, "outline")).shape == (512, 1024, 3)
    assert pixels(photo_view(photo)).shape == (512, 1024, 3)
    dot = mask_of("2", filled((2999, 1499, 3000, 1500), 3000, 1500))
    assert pixels(region_view(photo, dot, "boxes")).shape == (1, 1, 3)


def test_nothing_of_the_files_metadata_is_shown() -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), GREY).save(
        file, "JPEG", comment=b"at home", exif=b"Exif\0\0at home", icc_profile=b"home"
    )
    with Image.open(file) as image:
        photo = image.convert("RGB")
    mask = mask_of("1", filled((10, 10, 200, 100), 300, 200))
    for view in (photo_view(photo), *(region_view(photo, mask, crops) for crops in CROPS)):
        assert b"home" not in view
