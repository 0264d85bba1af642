"""Rows of config `sdci` with masks, small enough to be worked out pixel by pixel."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 40, 30
"""The middle square has columns 5 to 34."""


def mask(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    """A box as a mask of the photo's size."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


def png(image: Image.Image) -> dict[str, Any]:
    file = io.BytesIO()
    image.save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


def region(key: str, caption: str, pixels: np.ndarray | None = None) -> dict[str, Any]:
    stored = None if pixels is None else png(Image.fromarray(pixels))
    box = [0, 0, WIDTH, HEIGHT]
    found = {
        "key": key,
        "mask_id": None,
        "label": "",
        "bbox": box,
        "crop_box": box,
        "captions": [caption] * bool(caption),
    }
    return {**found, "negatives": {"basic": [], "layout": [], "swaps": []}, "clip_scores": None, "mask": stored}


def row(image_id: str, *regions: dict[str, Any]) -> dict[str, Any]:
    """A photo of noise."""
    noise = np.random.default_rng(int(image_id)).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    photo = {"image_id": image_id, "file_name": f"{image_id}.png", "image": png(Image.fromarray(noise))}
    return {**photo, "width": WIDTH, "height": HEIGHT, "regions": list(regions), "excluded": []}


def rows() -> list[dict[str, Any]]:
    """Three images with every kind of region."""
    return [
        row(
            "1",
            region("base", "a wall of many colours"),
            region("m-1-sc", "a red dog on the left", mask(6, 2, 17, 22)),
            region("m-2-sc", "a small blue cat", mask(20, 11, 33, 29)),
            region("m-3-sc", "a tree at the very edge", mask(0, 0, 8, 30)),  # 3 of its 8 columns are in the frame
            region("m-4-sc", "", mask(10, 10, 20, 20)),
        ),
        row(
            "2",
            region("m-1-sc", "a green field", mask(0, 5, 10, 15)),  # 5 of its 10 columns are
            region("m-2-sc", "a green field", mask(15, 5, 30, 15)),
            region("m-3-sc", "nobody drew it"),
            region("m-4-sc", "nothing at all", mask(0, 0, 0, 0)),
        ),
        row("3", region("m-7-sc", "a lonely house", mask(12, 12, 28, 28))),
    ]
