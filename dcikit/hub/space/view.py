"""The outcome as an image with numbered boxes, and as HTML: pure functions."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

from PIL import Image, ImageDraw

from .boxes import Box, Point
from .scoring import Outcome, Subcrop

_COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000")
_THUMB = 64

MATRIX_STYLE = """
.dci #matrix { border-collapse: separate; border-spacing: 3px; border: 0 !important; width: auto; }
.dci #matrix tr { border: 0; background: none; }
.dci #matrix th, .dci #matrix td { padding: 4px 6px !important; text-align: center; border: 0 !important; }
.dci #matrix td { border-radius: 6px; }
.dci #matrix td.score { font-variant-numeric: tabular-nums; min-width: 50px; }
.dci #matrix td.own { outline: 2px solid currentColor; outline-offset: -2px; }
.dci #matrix img { margin: 0; max-width: none; }
.dci .number { color: white; border-radius: 4px; padding: 1px 7px; font-weight: 600; }
.dci #captions, .dci #captions li { list-style: none !important; margin: 6px 0 !important; padding: 0 !important; }
"""


def colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def with_boxes(image: Image.Image, boxes: Sequence[Box], corner: Point | None = None) -> Image.Image:
    """A copy of the image with numbered boxes, and a mark on a corner that waits for its opposite."""
    shown = image.convert("RGB")
    draw = ImageDraw.Draw(shown)
    width = max(2, max(shown.size) // 300)
    for index, (x0, y0, x1, y1) in enumerate(boxes):
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=colour(index), width=width)
        label = (x0 + width, y0 + width, x0 + width + 9 * width, y0 + width + 9 * width)
        draw.rectangle(label, fill=colour(index))
        draw.text((label[0] + 2 * width, label[1]), str(index + 1), fill="white", font_size=8 * width)
    if corner is not None:
        x, y = corner
        draw.ellipse((x - 3 * width, y - 3 * width, x + 3 * width, y + 3 * width), colour(len(boxes)), "white", width)
    return shown


def outcome_html(image: Image.Image, subcrops: Sequence[Subcrop], outcome: Outcome) -> str:
    """Summary, matrix and negatives."""
    n = len(subcrops)
    judged = [each for each in outcome.beaten if each is not None]
    summary = [f"<b>{sum(outcome.right)} of {n}</b> subcrops choose their own caption (SCM)"]
    summary.append(f"<b>{sum(outcome.caption_right)} of {n}</b> captions choose their own subcrop")
    if judged:
        summary.append(f"<b>{sum(judged)} of {len(judged)}</b> captions beat their negative (Neg)")
    matrix = "".join(_row(image, subcrops, outcome, index) for index in range(n))
    heads = "".join(f'<th scope="col">{_number(index)}</th>' for index in range(n))
    captions = "".join(_caption(subcrops[index], outcome, index) for index in range(n))
    return (
        f'<div class="dci"><p id="summary">{"; ".join(summary)}.</p>'
        '<div class="scroll"><table id="matrix">'
        f"<tr><th></th><th>subcrop</th>{heads}<th>chooses</th></tr>{matrix}</table></div>"
        '<p class="hint">Cosine of subcrop (row) and caption (column); the darker, the higher in its row. '
        "Framed: its own.</p>"
        f'<ul id="captions">{captions}</ul></div>'
    )


def _row(image: Image.Image, subcrops: Sequence[Subcrop], outcome: Outcome, index: int) -> str:
    row = outcome.scores[index]
    low, high = min(row), max(row)
    cells = []
    for column, value in enumerate(row):
        strength = 0.08 + 0.62 * (value - low) / (high - low) if high > low else 0.08
        own = " own" if column == index else ""
        cells.append(f'<td class="score{own}" style="background: rgba(99, 102, 241, {strength:.2f})">{value:.3f}</td>')
    verdict = _verdict(outcome.right[index], f"{'own' if outcome.right[index] else outcome.chosen(index) + 1}")
    thumb = f'<img alt="subcrop {index + 1}" src="{thumbnail(image.crop(subcrops[index].box))}">'
    return f'<tr><th scope="row">{_number(index)}</th><td>{thumb}</td>{"".join(cells)}<td>{verdict}</td></tr>'


def _caption(subcrop: Subcrop, outcome: Outcome, index: int) -> str:
    text = f"{_number(index)} {escape(subcrop.caption)} ({outcome.scores[index][index]:.3f})"
    beaten, negative = outcome.beaten[index], outcome.negatives[index]
    if beaten is None or negative is None:
        return f"<li>{text}</li>"
    said = "beats" if beaten else "loses to"
    return f"<li>{text}<br>{_verdict(beaten, said)} <i>{escape(subcrop.negative)}</i> ({negative:.3f})</li>"


def _number(index: int) -> str:
    return f'<span class="number" style="background: {colour(index)}">{index + 1}</span>'


def _verdict(right: bool, text: str) -> str:
    return f'<span class="{"good" if right else "bad"}">{"✓" if right else "✗"} {text}</span>'


def thumbnail(image: Image.Image, side: int = _THUMB) -> str:
    """A small copy as the address of an <img>."""
    crop = image.convert("RGB")
    crop.thumbnail((side, side))
    data = io.BytesIO()
    crop.save(data, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
