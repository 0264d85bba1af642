"""A stand-in for a vision-language model: it looks at the pixels it is sent, and names colours and where they are.

with llm_server(answer=look) as server: ...
"""

from __future__ import annotations

import base64
import io
import json

import numpy as np
from PIL import Image
from scipy import ndimage

from dcikit.captions.describe.views import OUTLINE
from dcikit.data.sample.vocabulary import BACKDROPS, COLOURS, DARK
from dcikit.data.sample.words import a

from . import llm_server

_NAMES = [*COLOURS, "dark", *(backdrop.name for backdrop in BACKDROPS for _ in range(2))]
_EVERY = 4
"""It looks at the colour of every fourth pixel, across and down."""

_HUES = np.array(
    [*COLOURS.values(), DARK, *(hue for backdrop in BACKDROPS for hue in (backdrop.above, backdrop.below))], float
)


def look(prompt: str, seed: int, manner: str | None) -> tuple[str, str]:
    """The answer to a request of `dci describe`; to one without an image, that of `llm_server.answer`."""
    if not prompt.startswith("["):
        return llm_server.answer(prompt, seed, manner)
    image, text = json.loads(prompt)
    kind, data = image["image_url"]["url"].split(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as view:
        pixels = np.asarray(view, float)
    described = _region(pixels) if '"label"' in text["text"] else _photo(pixels)
    if manner == "refuse":
        return llm_server.REFUSAL, "stop"
    if manner == "broken json":
        return json.dumps(described)[:-5], "stop"
    if manner == "cut":
        return json.dumps(described)[:20], "length"
    if manner == "ramble":
        return f"Sure!\n```json\n{json.dumps(described)}\n```", "stop"
    return json.dumps(described), "stop"


def _region(pixels: np.ndarray) -> dict[str, str]:
    inside = _inside_the_line(np.linalg.norm(pixels - OUTLINE, axis=-1) < 110)
    seen = _named(pixels, inside)
    if not seen:
        return {"label": "", "caption": "", "quality": "bad"}
    own, *others = seen
    parts = " and ".join(f"{a(colour)} crate {place}" for colour, place in others[:2])
    caption = f"{a(own[0])} crate{f' with {parts}' if parts else ''}."
    return {"label": f"{own[0]} crate", "caption": caption.capitalize(), "quality": "ok"}


def _photo(pixels: np.ndarray) -> dict[str, str]:
    things = [f"{a(colour)} crate {place}" for colour, place in _named(pixels, np.ones(pixels.shape[:2], bool))]
    backdrop = _NAMES[int(np.linalg.norm(_HUES[9:] - pixels[4, 4], axis=-1).argmin()) + 9]
    short = f"{backdrop} with {' and '.join(things[:3]) or 'nothing on it'}."
    return {"short": short.capitalize(), "long": f"The picture shows {backdrop}. " + " ".join(map(_sentence, things))}


def _sentence(thing: str) -> str:
    return f"There is {thing}."


def _inside_the_line(line: np.ndarray) -> np.ndarray:
    """What no way leads to from beyond the rows and columns of the line."""
    pieces, _ = ndimage.label(~line)
    rows, columns = np.nonzero(line)
    beyond = np.ones_like(line)
    beyond[min(rows, default=0) : max(rows, default=-1) + 1, min(columns, default=0) : max(columns, default=-1) + 1] = 0
    return ~line & ~np.isin(pieces, np.unique(pieces[beyond]))


def _named(pixels: np.ndarray, inside: np.ndarray) -> list[tuple[str, str]]:
    """The colours of things that cover more than 2% of the pixels, most of them first, and where they are."""
    pixels, inside = pixels[::_EVERY, ::_EVERY], inside[::_EVERY, ::_EVERY]
    nearest = np.linalg.norm(pixels[:, :, None] - _HUES, axis=-1).argmin(-1)
    rows, columns = np.nonzero(inside)
    found = []
    for index, name in enumerate(COLOURS):
        ys, xs = np.nonzero(inside & (nearest == index))
        if len(ys) > 0.02 * len(rows) > 0:
            across = (xs.mean() - columns.min()) / (np.ptp(columns) + 1) - 0.5
            down = (ys.mean() - rows.min()) / (np.ptp(rows) + 1) - 0.5
            found.append((len(ys), name, _place(across, down)))
    return [(name, place) for _, name, place in sorted(found, reverse=True)]


def _place(across: float, down: float) -> str:
    if abs(across) > abs(down):
        return "on the left" if across < 0 else "on the right"
    return "at the top" if down < 0 else "at the bottom"
