"""Draws a scene by lot: chooses its things and finds room for each, so that none hides another."""

from __future__ import annotations

from random import Random

from .scene import Box, Scene, Thing
from .vocabulary import BACKDROPS, COLOURS, HOLDERS, INNER, KINDS, LOOSE, PARTS

__all__ = ["make_scene"]

_Span = tuple[float, float, float, float]


def _fit(kind: str, box: _Span, place: str) -> Box:
    """The largest box of the kind's proportions in `box`, pushed to the side that `place` names."""
    x0, y0, x1, y1 = box
    ratio = KINDS[kind].ratio
    width = min(x1 - x0, (y1 - y0) * ratio)
    height = width / ratio
    x = {"left": 0.0, "right": 1.0}.get(place, 0.5) * (x1 - x0 - width) + x0
    y = {"top": 0.0, "bottom": 1.0}.get(place, 0.5) * (y1 - y0 - height) + y0
    return round(x), round(y), round(x + width), round(y + height)


def _room(thing: Thing) -> _Span:
    x0, y0, x1, y1 = thing.box
    a, b, c, d = KINDS[thing.kind].room
    return x0 + a * (x1 - x0), y0 + b * (y1 - y0), x0 + c * (x1 - x0), y0 + d * (y1 - y0)


def _sides(rng: Random, room: _Span, share: float) -> list[tuple[str, _Span]]:
    """The room cut in two along its longer side, as (place, box); the first takes `share` of it."""
    x0, y0, x1, y1 = room
    longer = (x1 - x0) / (y1 - y0)
    across = rng.random() < 0.5 if 0.85 < longer < 1.18 else longer > 1
    first = rng.random() < 0.5
    low, high = (share, 1 - share) if first else (1 - share, share)
    gap = 0.03
    if across:
        width = x1 - x0
        boxes = [
            ("left", (x0, y0, x0 + (low - gap) * width, y1)),
            ("right", (x1 - (high - gap) * width, y0, x1, y1)),
        ]
    else:
        height = y1 - y0
        boxes = [
            ("top", (x0, y0, x1, y0 + (low - gap) * height)),
            ("bottom", (x0, y1 - (high - gap) * height, x1, y1)),
        ]
    return boxes if first else boxes[::-1]


def _furnish(rng: Random, thing: Thing, kinds: tuple[str, ...], colours: list[str], count: int, share: float) -> None:
    """Give the thing `count` parts (1 or 2) of different kinds and colours on opposite sides."""
    sides = _sides(rng, _room(thing), share)[:count]
    for kind, (place, box) in zip(rng.sample(kinds, count), sides, strict=True):
        thing.parts.append(Thing(kind, colours.pop(), _fit(kind, box, place), place))


def _fill(rng: Random, thing: Thing, colours: list[str]) -> None:
    """Put one shape in the middle of the thing."""
    kind = rng.choice(INNER)
    thing.parts.append(Thing(kind, colours.pop(), _fit(kind, _room(thing), "middle"), "middle"))


def _big_holder(rng: Random, thing: Thing, rare: list[str]) -> Thing:
    """Give the thing a part large enough to be a subcrop, in a rare colour, with one or two shapes."""
    kind = rng.choice([kind for kind in PARTS[thing.kind] if kind not in ("door", "diamond")])
    place, box = _sides(rng, _room(thing), 0.72)[0]
    part = Thing(kind, rare.pop(), _fit(kind, box, place), place)
    colours = [name for name in COLOURS if name not in (thing.colour, part.colour)]
    rng.shuffle(colours)
    _furnish(rng, part, INNER, colours, rng.choice((1, 2, 2)), 0.5)
    thing.parts.append(part)
    return thing


def _holder(rng: Random, thing: Thing) -> Thing:
    """Give the thing one or two parts, some of which hold a shape; all of another colour."""
    colours = [name for name in COLOURS if name != thing.colour]
    rng.shuffle(colours)
    _furnish(rng, thing, PARTS[thing.kind], colours, rng.choice((1, 2, 2)), 0.5 if rng.random() < 0.5 else 0.56)
    for part in thing.parts:
        if rng.random() < 0.45:
            _fill(rng, part, colours)
    return thing


def _box(rng: Random, kind: str, centre: tuple[float, float], size: int, jitter: int) -> Box:
    x, y = centre[0] + rng.uniform(-jitter, jitter), centre[1] + rng.uniform(-jitter, jitter)
    width = round(size * KINDS[kind].ratio ** 0.5)
    height = round(size / KINDS[kind].ratio ** 0.5)
    return round(x - width / 2), round(y - height / 2), round(x + width / 2), round(y + height / 2)


_SPOTS = {
    "upper left": (0.26, 0.26),
    "upper right": (0.74, 0.26),
    "lower left": (0.26, 0.74),
    "lower right": (0.74, 0.74),
    "left": (0.28, 0.5),
    "right": (0.72, 0.5),
    "top": (0.5, 0.28),
    "bottom": (0.5, 0.72),
}
_CORNERS = list(_SPOTS)[:4]
# by whether the picture is wide: place and centre of the big thing, places and centres of the loose ones
_BIG = {
    True: (
        ("left", (0.4, 0.5), {"upper right": (0.785, 0.27), "lower right": (0.785, 0.73)}),
        ("right", (0.6, 0.5), {"upper left": (0.215, 0.27), "lower left": (0.215, 0.73)}),
    ),
    False: (
        ("top", (0.5, 0.4), {"lower left": (0.27, 0.785), "lower right": (0.73, 0.785)}),
        ("bottom", (0.5, 0.6), {"upper left": (0.27, 0.215), "upper right": (0.73, 0.215)}),
    ),
}


def _spots(rng: Random, form: str, wide: bool) -> list[str]:
    if form == "pair":
        return ["left", "right"] if wide else ["top", "bottom"]
    return rng.sample(_CORNERS, rng.choice((3, 4)))


def _edge(rng: Random, things: list[Thing], ground: str) -> None:
    """Give what holds nothing an edge, of another colour than its own and its holder's."""
    for thing in things:
        if not thing.parts:
            thing.rim = rng.choice([name for name in COLOURS if name not in (thing.colour, ground)])
        _edge(rng, thing.parts, thing.colour)


def make_scene(rng: Random, number: int) -> Scene:
    """A scene by lot: a pair of things, a grid of three or four, or a big one with loose ones beside it."""
    form = rng.choice(("pair", "pair", "grid", "big", "big"))
    long, short = rng.randint(800, 900), rng.randint(600, 700)
    if form != "pair":
        long, short = rng.randint(860, 900), rng.randint(660, 700)
    wide = rng.random() < 0.55
    width, height = (long, short) if wide else (short, long)
    colours = rng.sample(list(COLOURS), 4)
    scene = Scene(number, width, height, rng.choice(BACKDROPS), form, [])
    if form == "big":
        place, centre, corners = rng.choice(_BIG[wide])
        kind = rng.choice(HOLDERS[:-1])
        box = _box(rng, kind, (centre[0] * width, centre[1] * height), rng.randint(450, 465), 8)
        rare = rng.sample([name for name in COLOURS if name not in colours], 4)
        scene.parts.append(_big_holder(rng, Thing(kind, colours.pop(), box, place), rare))
        chosen = rng.sample(list(corners), rng.choice((1, 2, 2)))
        for kind, place in zip(rng.sample(LOOSE, len(chosen)), chosen, strict=True):
            x, y = corners[place]
            box = _box(rng, kind, (x * width, y * height), rng.randint(102, 116), 14)
            scene.parts.append(Thing(kind, colours.pop(), box, place))
    else:
        spots = _spots(rng, form, wide)
        for kind, place in zip(rng.sample(HOLDERS, len(spots)), spots, strict=True):
            x, y = _SPOTS[place]
            size = rng.randint(248, 268) if form == "grid" else rng.randint(255, 305)
            box = _box(rng, kind, (x * width, y * height), size, 14)
            scene.parts.append(_holder(rng, Thing(kind, colours.pop(), box, place)))
    _edge(rng, scene.parts, "")
    for half in rng.sample((0, 1), rng.choice((0, 1, 1, 2))):
        x, y, size = (
            half * width // 2 + rng.randint(10, 250),
            height - rng.randint(20, 22),
            rng.randint(12, 18),
        )
        scene.stones.append(Thing("stone", "grey", (x, y, x + size + 6, y + size)))
    return scene
