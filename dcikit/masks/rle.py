"""COCO's run-length encoding, compressed or not, from files that may hold anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from dcikit.data.formats import coco_rle


def decode_rle(rle: Any, size: tuple[int, int]) -> np.ndarray:
    """The boolean (H, W) mask of an encoding.

    Args:
        rle: `{"size": [height, width], "counts": ...}`: the lengths of runs of 0 and 1 in turn, down the columns, as a
            list of integers or as the text that COCO's tools write.
        size: (width, height) of the photo, which must be that of the mask: nothing larger is ever unpacked.

    Raises:
        ValueError: what is wrong with it.
    """
    width, height = size
    if not isinstance(rle, dict) or "counts" not in rle:
        raise ValueError('must be an object {"size", "counts"} (RLE; polygons are not read)')
    if rle.get("size") != [height, width]:
        raise ValueError(f"has the size {str(rle.get('size'))[:40]}, but the photo has [{height}, {width}]")
    counts = rle["counts"]
    if isinstance(counts, str):
        return coco_rle.decode(counts, width, height)
    if not isinstance(counts, list) or not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError("has counts that are neither text nor a list of integers from 0")
    if sum(counts) != height * width:
        raise ValueError(f"has counts of {sum(counts)} pixels, but the photo has {height * width}")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(width, height).T
