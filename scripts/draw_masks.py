"""Draws the masks of an image of a release beside its photo.

    dci sample sample
    python scripts/draw_masks.py sample 100576-data.json docs/masks.png

A mask is drawn over the one that holds it, in another colour; bad ones are not drawn.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from dcikit.data.bitmap import decode
from dcikit.data.record import Mask
from dcikit.data.release import Release

COLOURS = ["#d81b60", "#1e88e5", "#ffc107", "#00a878", "#8e44ad", "#f4511e", "#00acc1", "#7cb342"]
HEIGHT = 360
GAP = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("name", help="an annotation file")
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    record = Release(args.release).read(args.name, summaries=False)
    photo = Image.open(io.BytesIO(record.photo or b"")).convert("RGB")
    size = round(photo.width * HEIGHT / photo.height), HEIGHT
    photo = photo.resize(size, Image.Resampling.LANCZOS)
    masks = sorted((mask for mask in record.masks if mask.quality != "bad"), key=lambda mask: -mask.area)
    picture = Image.new("RGB", (2 * size[0] + GAP, HEIGHT), "white")
    picture.paste(photo, (0, 0))
    picture.paste(overlaid(photo, masks), (size[0] + GAP, 0))
    picture.save(args.output, optimize=True)


def overlaid(photo: Image.Image, masks: list[Mask]) -> Image.Image:
    """The photo in grey with the masks on it, the largest below."""
    picture = photo.convert("L").convert("RGB")
    for number, mask in enumerate(masks):
        inside = Image.fromarray(decode(mask.png)).convert("L").resize(photo.size, Image.Resampling.LANCZOS)
        edge = ImageChops.subtract(inside.filter(ImageFilter.MaxFilter(5)), inside.filter(ImageFilter.MinFilter(3)))
        colour = COLOURS[number % len(COLOURS)]
        picture.paste(Image.blend(picture, Image.new("RGB", photo.size, colour), 0.55), mask=inside)
        picture.paste(colour, mask=edge)
    return picture


if __name__ == "__main__":
    main()
