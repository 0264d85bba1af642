"""The quality of masks: what they cover, how deep they lie, and which are there twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from dcikit.data.bitmap import mask_of
from dcikit.data.record import Mask, Record
from dcikit.masks.quality import MaskReport, measure_masks
from dcikit.schema.errors import DataError

WIDTH, HEIGHT = 100, 50


def box(mask_id: str, x0: int, x1: int, parent: str | None = None, quality: str = "ok") -> Mask:
    """A mask of whole columns."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[:, x0:x1] = True
    return mask_of(mask_id, pixels, parent_id=parent, quality=quality)


def record(*masks: Mask, image_id: str = "7") -> Record:
    return Record(image_id, "sa_7.jpg", WIDTH, HEIGHT, "", "", masks)


def test_what_is_covered_how_deep_and_what_is_there_twice() -> None:
    found = measure_masks(
        record(
            box("0", 0, 40),
            box("1", 10, 20, "0"),
            box("2", 12, 16, "1"),
            box("3", 30, 60),
            box("4", 0, 39),  # 39 of 40 columns of 0
            box("5", 60, 100, quality="bad"),
        )
    )
    assert (found.masks, found.covered, found.depth) == (5, 0.6, 3)
    assert found.near_equal == (("0", "4"),)


def test_no_masks_and_a_circle_of_parents() -> None:
    assert measure_masks(record()).depth == 0
    assert measure_masks(record()).covered == 0
    assert measure_masks(record(box("0", 0, 5, "1"), box("1", 0, 50, "0"))).depth == 0


def test_a_mask_that_cannot_be_decoded_is_named() -> None:
    broken = dataclasses.replace(box("3", 0, 9), png=b"\x89PNG\r\n\x1a\n")
    with pytest.raises(
        DataError, match=r"7-data.json: `mask_data.3.outer_mask`: the PNG is .*; put the mask there again"
    ):
        measure_masks(record(broken))


def test_many_images() -> None:
    report = MaskReport()
    assert report.document()["covered"] is None
    for masks in ([box("0", 0, 100)], [box("0", 0, 50), box("1", 0, 50, "0")], []):
        report.add(measure_masks(record(*masks)))
    assert report.document() == {
        "masks": 3,
        "images_without_masks": 1,
        "covered": {"mean": 0.5, "least": 0.0, "most": 1.0},
        "depth": {0: 1, 1: 1, 2: 1},
        "near_equal": [["7", "0", "1"]],
    }
