"""A release of tiny images whose masks are rectangles, to annotate."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from dcikit.data.bitmap import filled, mask_of
from dcikit.data.record import Record
from dcikit.data.release_writer import ReleaseWriter

WIDTH, HEIGHT = 12, 8

BOXES = {"0": (1, 1, 7, 7), "1": (2, 2, 4, 4), "2": (8, 1, 11, 5)}
"""Mask -> its rectangle; mask 1 lies in mask 0."""


def write_drawn_release(folder: Path, images: int = 1) -> Path:
    """Images "1", "2", ... of split test, 12 x 8 pixels, with the masks of `BOXES`, nothing written about them."""
    parents, children = {"1": "0"}, {"0": ("1",)}
    masks = tuple(
        mask_of(key, filled(box, WIDTH, HEIGHT), parent_id=parents.get(key), child_ids=children.get(key, ()))
        for key, box in BOXES.items()
    )
    photo = folder.parent / "photo.png"
    folder.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT), "teal").save(photo)
    with ReleaseWriter(folder, "drawn") as writer:
        for number in range(1, images + 1):
            writer.wants_next()
            writer.add(Record(str(number), f"{number}.png", WIDTH, HEIGHT, "", "", masks), "test", photo)
        writer.finish()
    return folder
