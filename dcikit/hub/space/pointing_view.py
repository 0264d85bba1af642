"""A map of patches as an image, and as HTML: pure functions."""

from __future__ import annotations

from html import escape

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageOps

from .boxes import Box
from .pointing import PatchScores
from .view import thumbnail

_LOW, _MIDDLE, _HIGH = "#312e81", "#db2777", "#fde047"
_SIDE = 720
_LINE = 4

POINTING_STYLE = f"""
.dci figure.map {{ margin: 0 0 14px; max-width: {_SIDE}px; }}
.dci figure.map img {{ width: 100%; border-radius: 10px; margin: 0; display: block; }}
.dci figure.map figcaption {{ display: flex; gap: 10px; align-items: center; margin-top: 8px; font-size: 0.85rem;
  font-variant-numeric: tabular-nums; }}
.dci .scale {{ flex: 1; height: 10px; border-radius: 5px;
  background: linear-gradient(90deg, {_LOW}, {_MIDDLE}, {_HIGH}); }}
.dci table.grounded {{ border-collapse: collapse; width: auto; margin: 0; border: 0 !important; }}
.dci table.grounded tr {{ border: 0; background: none; }}
.dci table.grounded th, .dci table.grounded td {{ padding: 5px 18px 5px 0 !important; text-align: left;
  vertical-align: top;
  border: 0 !important; font-variant-numeric: tabular-nums; }}
.dci table.grounded .hint {{ display: block; font-weight: normal; }}
.dci .caption {{ overflow-wrap: anywhere; }}
"""

_MEANING = {
    "pointing": "how much of the highest patch the box covers",
    "iou": "of the box and as many pixels, those that score highest",
    "ap": "average precision of the pixels",
}


def framed(image: Image.Image, frame: Box) -> Image.Image:
    """A copy whose pixels outside the frame are dark."""
    shown = ImageEnhance.Brightness(image.convert("RGB")).enhance(0.35)
    shown.paste(image.crop(frame), frame[:2])
    return shown


def laid_over(image: Image.Image, box: Box, found: PatchScores) -> Image.Image:
    """The frame in grey under its patches, with the box, and a ring in the patch that scores highest."""
    frame = image.crop(found.frame)
    size = (_SIDE, _SIDE)
    heat = Image.fromarray(_stretched(np.array(found.scores))).resize(size, Image.Resampling.NEAREST)
    coloured = ImageOps.colorize(heat, _LOW, _HIGH, mid=_MIDDLE)
    photo = frame.convert("L").resize(size).point([128 + grey // 2 for grey in range(256)])
    shown = ImageChops.multiply(coloured, photo.convert("RGB"))
    draw = ImageDraw.Draw(shown)
    left, top, right, _ = found.frame
    x0, y0, x1, y1 = (
        (at - start) * _SIDE / (right - left) for at, start in zip(box, (left, top, left, top), strict=True)
    )
    draw.rectangle((x0 - 1, y0 - 1, x1, y1), outline="black", width=_LINE + 2)
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline="white", width=_LINE)
    (row, column), (rows, columns) = found.peak, np.array(found.scores).shape
    x, y = (2 * column + 1) * _SIDE / (2 * columns), (2 * row + 1) * _SIDE / (2 * rows)
    for radius, colour, width in ((15, "black", 8), (14, "white", _LINE)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=width)
    return shown


def pointing_html(image: Image.Image, box: Box, caption: str, found: PatchScores) -> str:
    """Verdict, map and scores."""
    right = found.found.pointing >= 1 / 2
    verdict = f'<span class="{"good" if right else "bad"}">{"✓ in" if right else "✗ not in"} the box</span>'
    cut = '<p class="hint" id="truncated">The caption is longer than the model reads.</p>' if found.truncated else ""
    low, high = min(map(min, found.scores)), max(map(max, found.scores))
    address = thumbnail(laid_over(image, box, found), _SIDE)
    rows = "".join(
        f'<tr><th scope="row">{name}<span class="hint">{_MEANING[name]}</span></th>'
        f"<td><b>{value:.3f}</b></td><td>{chance:.3f}</td></tr>"
        for name, value, chance in zip(found.found._fields, found.found, found.chance, strict=True)
    )
    return (
        f'<div class="dci"><p id="summary">The patch that scores highest is {verdict}.</p>'
        f'<p class="caption" id="caption">“{escape(caption)}”</p>{cut}'
        f'<figure class="map"><img id="map" alt="scores of the patches, the box, and a ring in the highest patch" '
        f'src="{address}"><figcaption>{low:.3f}<span class="scale"></span>{high:.3f}</figcaption></figure>'
        '<div class="scroll"><table class="grounded" id="scores">'
        f"<tr><th>score</th><th>here</th><th>chance</th></tr>{rows}</table></div></div>"
    )


def _stretched(scores: np.ndarray) -> np.ndarray:
    """From the lowest at 0 to the highest at 255; all 0 if there is only one."""
    low, high = scores.min(), scores.max()
    return ((scores - low) / (high - low or 1) * 255).round().astype(np.uint8)
