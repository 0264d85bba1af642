"""Paints a scene and the silhouettes of its things, with Pillow."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from .scene import Box, Scene, Thing, walk
from .vocabulary import COLOURS, DARK, KINDS

__all__ = ["paint", "silhouette"]

_Colour = tuple[int, int, int]


def _primitive(
    draw: ImageDraw.ImageDraw,
    operation: str,
    numbers: tuple[float, ...],
    box: Box,
    fill: _Colour | int,
    line: _Colour | None,
) -> None:
    """One shape of a kind, moved from the unit square to `box`."""
    x0, y0, x1, y1 = box
    width = x1 - x0 - 1
    height = y1 - y0 - 1
    points = [(round(x0 + x * width), round(y0 + y * height)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    thick = 0 if line is None else max(1, min(width, height) // 90)
    if operation == "arc":
        draw.arc(points, 0, 360, fill=fill, width=max(2, min(width, height) // 11))
    elif operation == "oval":
        draw.ellipse(points, fill=fill, outline=line, width=thick)
    elif operation == "rect":
        draw.rectangle(points, fill=fill, outline=line, width=thick)
    else:
        draw.polygon(points, fill=fill, outline=line, width=thick)


def _shrunk(box: Box, share: float) -> Box:
    dx, dy = round((box[2] - box[0]) * share), round((box[3] - box[1]) * share)
    return box[0] + dx, box[1] + dy, box[2] - dx, box[3] - dy


def _hue(rng: Random, name: str) -> _Colour:
    red, green, blue = (min(255, max(0, level + rng.randint(-9, 9))) for level in COLOURS[name])
    return red, green, blue


def paint(scene: Scene, rng: Random) -> Image.Image:
    """The photo of the scene; `rng` varies the colours a little."""
    backdrop = scene.backdrop
    horizon = rng.uniform(0.5, 0.68)
    rows = Image.new("RGB", (1, 64))
    for y in range(64):
        base = backdrop.above if y < 64 * horizon else backdrop.below
        rows.putpixel((0, y), tuple(level - 10 + y * 20 // 64 for level in base))
    image = rows.resize((scene.width, scene.height), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for thing in [*scene.stones, *walk(scene.parts)]:
        own = DARK if thing.kind == "stone" else _hue(rng, thing.colour)
        for operation, numbers, coloured in KINDS[thing.kind].shapes:
            fill = (_hue(rng, thing.rim) if thing.rim else own) if coloured else DARK
            _primitive(draw, operation, numbers, thing.box, fill, DARK)
            if thing.rim:
                _primitive(draw, operation, numbers, _shrunk(thing.box, 0.11), own, own)
    return image


def silhouette(thing: Thing, size: tuple[int, int]) -> Image.Image:
    """The 1-bit mask of a thing with all that it holds."""
    mask = Image.new("1", size)
    draw = ImageDraw.Draw(mask)
    for operation, numbers, _ in KINDS[thing.kind].shapes:
        _primitive(draw, operation, numbers, thing.box, 1, None)
    return mask
