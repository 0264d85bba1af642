"""What a scene can be made of: colours, kinds with their outlines, and backdrops.

Outlines are drawn in a unit square, (0, 0) at the upper left; `room` is where other things fit.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BACKDROPS", "COLOURS", "DARK", "HOLDERS", "INNER", "KINDS", "LOOSE", "PARTS", "Backdrop", "Kind"]

COLOURS = {
    "red": (215, 35, 40),
    "orange": (255, 140, 20),
    "yellow": (250, 222, 40),
    "green": (35, 150, 60),
    "blue": (35, 80, 215),
    "purple": (130, 45, 170),
    "white": (250, 250, 250),
    "black": (22, 22, 22),
}
DARK = (70, 66, 62)


@dataclass(frozen=True)
class Kind:
    """A silhouette: `shapes` are (operation, coordinates, filled with the thing's own colour)."""

    shapes: tuple[tuple[str, tuple[float, ...], bool], ...]
    room: tuple[float, float, float, float] = (0.25, 0.25, 0.75, 0.75)
    ratio: float = 1.0  # width / height


@dataclass(frozen=True)
class Backdrop:
    """What is behind everything: `where` is the place in words, `sentence` describes it."""

    name: str
    where: str
    sentence: str
    above: tuple[int, int, int]
    below: tuple[int, int, int]


def _own(operation: str, *coordinates: float) -> tuple[str, tuple[float, ...], bool]:
    return operation, coordinates, True


def _dark(operation: str, *coordinates: float) -> tuple[str, tuple[float, ...], bool]:
    return operation, coordinates, False


def _points(*texts: str) -> tuple[str, tuple[float, ...], bool]:
    """A polygon from `x,y x,y ...`."""
    return _own("poly", *(float(number) for number in " ".join(texts).replace(",", " ").split()))


KINDS = {
    "house": Kind((_points("0.5,0 1,0.34 0.95,0.34 0.95,1 0.05,1 0.05,0.34 0,0.34"),), room=(0.1, 0.37, 0.9, 0.96)),
    "castle": Kind(
        (_points("0,0 0.2,0 0.2,0.14 0.4,0.14 0.4,0 0.6,0 0.6,0.14 0.8,0.14 0.8,0 1,0 1,1 0,1"),),
        room=(0.06, 0.2, 0.94, 0.95),
    ),
    "mug": Kind((_own("arc", 0.62, 0.2, 1, 0.75), _own("rect", 0, 0, 0.8, 1)), room=(0.06, 0.06, 0.75, 0.94)),
    "bag": Kind(
        (_dark("arc", 0.28, 0, 0.72, 0.6), _points("0.1,0.28 0.9,0.28 1,1 0,1")),
        room=(0.13, 0.33, 0.87, 0.95),
    ),
    "flag": Kind((_dark("rect", 0, 0, 0.07, 1), _own("rect", 0.07, 0.02, 1, 0.72)), room=(0.11, 0.06, 0.96, 0.68)),
    "wagon": Kind(
        (_own("rect", 0, 0, 1, 0.78), _dark("oval", 0.1, 0.66, 0.44, 1), _dark("oval", 0.56, 0.66, 0.9, 1)),
        room=(0.05, 0.04, 0.95, 0.63),
        ratio=1.1,
    ),
    "fish": Kind(
        (_points("0.66,0.5 1,0.1 1,0.9"), _own("oval", 0, 0.03, 0.86, 0.97)),
        room=(0.13, 0.17, 0.73, 0.83),
        ratio=1.15,
    ),
    "door": Kind((_own("rect", 0, 0, 1, 1),), room=(0.16, 0.2, 0.84, 0.8), ratio=0.68),
    "window": Kind((_own("rect", 0, 0, 1, 1),), room=(0.12, 0.12, 0.88, 0.88)),
    "disc": Kind((_own("oval", 0, 0, 1, 1),), room=(0.15, 0.15, 0.85, 0.85)),
    "diamond": Kind((_points("0.5,0 1,0.5 0.5,1 0,0.5"),), room=(0.27, 0.27, 0.73, 0.73)),
    "patch": Kind((_points("0.22,0 0.78,0 1,0.22 1,0.78 0.78,1 0.22,1 0,0.78 0,0.22"),), room=(0.12, 0.12, 0.88, 0.88)),
    "star": Kind((_points("0.5,0 0.64,0.34 1,0.38 0.72,0.6 0.82,0.97 0.5,0.76 0.18,0.97 0.28,0.6 0,0.38 0.36,0.34"),)),
    "heart": Kind(
        (
            _points(
                "0.5,0.25 0.62,0.06 0.8,0 0.95,0.1 1,0.3 0.9,0.55",
                "0.5,1 0.1,0.55 0,0.3 0.05,0.1 0.2,0 0.38,0.06",
            ),
        )
    ),
    "cross": Kind(
        (
            _points(
                "0.32,0 0.68,0 0.68,0.32 1,0.32 1,0.68 0.68,0.68",
                "0.68,1 0.32,1 0.32,0.68 0,0.68 0,0.32 0.32,0.32",
            ),
        )
    ),
    "triangle": Kind((_points("0.5,0 1,1 0,1"),)),
    "ball": Kind((_own("oval", 0, 0, 1, 1),)),
    "cone": Kind((_points("0.5,0 1,1 0,1"),)),
    "crate": Kind((_own("rect", 0, 0, 1, 1),)),
    "stone": Kind((_dark("oval", 0, 0, 1, 1),)),
}
HOLDERS = ("house", "castle", "mug", "bag", "flag", "wagon", "fish")
PARTS = {
    "house": ("door", "window", "disc"),
    "castle": ("door", "window", "diamond"),
    "wagon": ("door", "window", "disc"),
    "mug": ("disc", "diamond", "patch"),
    "bag": ("disc", "diamond", "patch"),
    "flag": ("disc", "diamond", "patch"),
    "fish": ("disc", "diamond", "patch"),
}
INNER = ("star", "heart", "cross", "triangle")
LOOSE = ("ball", "cone", "crate")

BACKDROPS = (
    Backdrop(
        "a meadow",
        "in a meadow",
        "Pale green grass lies under a pale blue sky.",
        (188, 224, 246),
        (176, 212, 136),
    ),
    Backdrop(
        "a room",
        "in a room",
        "A cream wall stands over a light brown floor.",
        (242, 230, 206),
        (196, 156, 116),
    ),
    Backdrop("a beach", "on a beach", "Light sand lies before a turquoise sea.", (150, 214, 214), (240, 220, 172)),
    Backdrop(
        "a snow field",
        "in a snow field",
        "Pale bluish snow lies under a grey sky.",
        (184, 188, 196),
        (216, 226, 238),
    ),
    Backdrop(
        "a street at night",
        "in a street at night",
        "A dull violet sky hangs over a grey street.",
        (98, 98, 150),
        (128, 122, 128),
    ),
)
