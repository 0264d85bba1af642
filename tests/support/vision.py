"""A stand-in for a vision-language model that knows the drawn sample's language: it looks at the pixels it is sent, and
names colours, shapes, edges and places as the sample's captions do; and it rewrites such captions (`support.writing`).

with llm_server(answer=look) as server: ...
"""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
from PIL import Image
from scipy import ndimage

from dcikit.captions.describe.views import OUTLINE
from dcikit.data.sample.scene import Scene, Thing
from dcikit.data.sample.vocabulary import BACKDROPS, COLOURS, DARK
from dcikit.data.sample.words import first_caption, name

from . import llm_server
from .writing import rewrite

_HUES = np.array(
    [*COLOURS.values(), DARK, *(hue for backdrop in BACKDROPS for hue in (backdrop.above, backdrop.below))], float
)
_NO_BOX = (0, 0, 0, 0)
_EVERY = 4
"""It looks at the colour of every fourth pixel, across and down."""

_LARGE = 260
"""Pixels across of a thing that it takes for a house."""


def look(prompt: str, seed: int, manner: str | None) -> tuple[str, str]:
    """The answer to a request of `dci describe`; to one without an image, that of `support.writing`."""
    if not prompt.startswith("["):
        return rewrite(prompt, seed, manner)
    image, question = json.loads(prompt)
    kind, data = image["image_url"]["url"].split(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as view:
        pixels = np.asarray(view, float)
    told = re.search(r"were called: ([^.]*)\.", question["text"])
    parts = told[1].split(", ") if told else []
    answer = json.dumps(_region(pixels) if '"label"' in question["text"] else _photo(pixels, parts))
    if manner == "refuse":
        return llm_server.REFUSAL, "stop"
    if manner == "broken json":
        return answer[:-5], "stop"
    if manner == "cut":
        return answer[:20], "length"
    if manner == "ramble":
        return f"Sure!\n```json\n{answer}\n```", "stop"
    return answer, "stop"


def _region(pixels: np.ndarray) -> dict[str, str]:
    line = np.linalg.norm(pixels - OUTLINE, axis=-1) < 110
    inside = (_inside(line) if line.any() else np.ones_like(line))[::_EVERY, ::_EVERY]
    colours = _colours(pixels[::_EVERY, ::_EVERY], inside)
    if not colours:
        return {"label": "", "caption": "", "quality": "bad"}
    border = inside & ~ndimage.binary_erosion(inside, iterations=3)
    at_border = max(colours, key=lambda colour: int((colours[colour] & border).sum()))
    others = [colour for colour in colours if colour != at_border]
    if not others:
        thing = Thing(_kind(inside), at_border, _NO_BOX, rim="black")  # the thin line around all things
    elif colours[others[0]].sum() > 0.4 * inside.sum():
        thing = Thing(_kind(inside), others[0], _NO_BOX, rim=at_border)
    else:
        is_large = _EVERY * np.ptp(np.nonzero(inside)[1]) > _LARGE
        kind, part = ("house", "disc") if is_large else ("disc", "star")
        thing = Thing(kind, at_border, _NO_BOX)
        for colour in others[:2]:
            place = _place(colours[colour], inside)
            if place not in [part.place for part in thing.parts]:
                thing.parts.append(Thing(part, colour, _NO_BOX, place))
    return {"label": name(thing), "caption": _sentence(first_caption(thing)), "quality": "ok"}


def _photo(pixels: np.ndarray, labels: list[str]) -> dict[str, str]:
    """What its parts were called, and where their colours are."""
    backdrop = BACKDROPS[int(np.linalg.norm(_HUES[1 + len(COLOURS) :] - pixels[4, 4], axis=-1).argmin()) // 2]
    pixels = pixels[::_EVERY, ::_EVERY]
    everywhere = np.ones(pixels.shape[:2], bool)
    colours = _colours(pixels, everywhere)
    things = {}
    for label in labels:
        colour, kind = label.split()
        if colour in colours:
            things[colour] = Thing(kind, colour, _NO_BOX, _place(colours[colour], everywhere))
    if not things:
        return {"short": f"{backdrop.name}.", "long": f"The picture shows {backdrop.name} with nothing in it."}
    scene = Scene(0, 0, 0, backdrop, "grid", list(things.values()))
    told = [_sentence(f"there is a {name(thing)}") for thing in scene.parts]
    return {"short": _sentence(first_caption(scene)), "long": f"The picture shows {backdrop.name}. {' '.join(told)}"}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _inside(line: np.ndarray) -> np.ndarray:
    """What no way leads to from beyond the rows and columns of the line."""
    pieces, _ = ndimage.label(~line)
    rows, columns = np.nonzero(line)
    beyond = np.ones_like(line)
    beyond[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = False
    return ~line & ~np.isin(pieces, np.unique(pieces[beyond]))


def _colours(pixels: np.ndarray, inside: np.ndarray) -> dict[str, np.ndarray]:
    """The colours of things that cover more than 1% of the pixels, most of them first, and where they are."""
    nearest = np.linalg.norm(pixels[:, :, None] - _HUES, axis=-1).argmin(-1)
    found = {colour: inside & (nearest == index) for index, colour in enumerate(COLOURS)}
    seen = {colour: where for colour, where in found.items() if where.sum() > 0.01 * inside.sum()}
    return dict(sorted(seen.items(), key=lambda item: -int(item[1].sum())))


def _kind(inside: np.ndarray) -> str:
    """By how much of its box it fills."""
    rows, columns = np.nonzero(inside)
    share = len(rows) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1))
    return "crate" if share > 0.9 else "ball" if share > 0.65 else "cone"


def _place(where: np.ndarray, inside: np.ndarray) -> str:
    (rows, columns), (down, across) = np.nonzero(inside), (axis.mean() for axis in np.nonzero(where))
    x, y = (across - columns.mean()) / (np.ptp(columns) + 1), (down - rows.mean()) / (np.ptp(rows) + 1)
    if abs(x) > abs(y):
        return "left" if x < 0 else "right"
    return "top" if y < 0 else "bottom"
