"""Photos of coloured squares, one in another and one beside them, and their masks as another tool would give them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from dcikit.cli.main import main
from dcikit.data.sample.vocabulary import COLOURS

SIZE = (640, 400)
SQUARES = {"outer": (30, 60, 330, 360), "inner": (60, 90, 160, 190), "beside": (370, 90, 610, 330)}
MEADOW = (176, 212, 136)


def colours(number: int) -> dict[str, str]:
    """Square -> its colour in a photo; no two photos of the first fifty or so are alike."""
    names = list(COLOURS)
    outer, step, other = number % 8, 1 + number // 8 % 7, 1 + (number // 8 + 3) % 7
    return {"outer": names[outer], "inner": names[(outer + step) % 8], "beside": names[(outer + other) % 8]}


def draw_squares(folder: Path, count: int) -> tuple[Path, Path]:
    """`photos/` with 0.png, 1.png, ..., and `masks/` with a folder of masks for each."""
    photos, masks = folder / "photos", folder / "masks"
    photos.mkdir(parents=True)
    for number in range(count):
        photo = Image.new("RGB", SIZE, MEADOW)
        of_photo = masks / str(number)
        of_photo.mkdir(parents=True)
        for name, box in SQUARES.items():
            photo.paste(COLOURS[colours(number)[name]], box)
            mask = Image.new("1", SIZE)
            mask.paste(1, box)
            mask.save(of_photo / f"{name}.png")
        photo.save(photos / f"{number}.png")
    return photos, masks


def squares_release(folder: Path, count: int) -> Path:
    """What `dci masks` makes of them: mask 0 is the outer square, 1 the inner one, 2 the one beside."""
    photos, masks = draw_squares(folder, count)
    assert main(["masks", str(photos), "--out", str(folder / "release"), "--masks-from", str(masks)]) == 0
    return folder / "release"
