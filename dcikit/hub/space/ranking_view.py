"""A ranking as HTML: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PIL import Image

from .ranking import Ranking
from .view import thumbnail

RANKING_STYLE = """
.dci .ranked { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; }
.dci .ranked figure { margin: 0; padding: 6px; border-radius: 10px; border: 2px solid transparent;
  background: var(--background-fill-secondary); text-align: center; }
.dci .ranked figure.own { border-color: #6366f1; }
.dci .ranked img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 6px; margin: 0; }
.dci .ranked figcaption { font-size: 0.85rem; margin-top: 4px; font-variant-numeric: tabular-nums; }
.dci ol.texts { list-style: none !important; padding: 0 !important; margin: 0 !important; }
.dci ol.texts li { margin: 6px 0 !important; padding: 8px 10px; border-radius: 10px; border: 2px solid transparent;
  background: var(--background-fill-secondary); overflow-wrap: anywhere; }
.dci ol.texts li.own { border-color: #6366f1; }
.dci h3 { margin: 18px 0 8px !important; }
.dci .unread { opacity: 0.4; text-decoration: line-through; }
.dci .caption { line-height: 1.55; overflow-wrap: anywhere; }
"""

_BEGINNING = 150


def ranking_html(images: Sequence[Image.Image], captions: Sequence[str], ranking: Ranking) -> str:
    """Summary, what of the caption is read, and both orders."""
    n = len(images)
    place = _place(ranking.images_of_caption), _place(ranking.captions_of_image)
    return (
        f'<div class="dci"><p id="summary">Its caption finds the image at {_verdict(place[0], n)}; '
        f"the image finds its caption at {_verdict(place[1], n)}.<br>Of all {n}, R@1 is "
        f"<b>{ranking.found[1]} of {n}</b> from caption to image, "
        f"<b>{ranking.found[0]} of {n}</b> from image to caption.</p>"
        f"{_read(captions[0], ranking)}"
        f"<h3>Images, as the caption ranks them</h3>{_images(images, ranking.images_of_caption)}"
        f"<h3>Captions, as the image ranks them</h3>{_captions(captions, ranking.captions_of_image)}</div>"
    )


def order(scores: Sequence[float]) -> list[int]:
    """Indices by falling score; equal ones as they came."""
    return sorted(range(len(scores)), key=lambda index: -scores[index])


def _place(scores: Sequence[float]) -> int:
    """The place of the first, as the metric counts: one more than those strictly higher."""
    return 1 + sum(other > scores[0] for other in scores)


def _verdict(place: int, n: int) -> str:
    right = place == 1
    return f'<span class="{"good" if right else "bad"}">{"✓" if right else "✗"} place {place} of {n}</span>'


def _read(caption: str, ranking: Ranking) -> str:
    read, rest = escape(ranking.read), escape(caption[len(ranking.read) :])
    said = f"The model reads {min(ranking.tokens, ranking.context)} of the caption's {ranking.tokens} tokens"
    unread = f'<span class="unread">{rest}</span>' if rest else ""
    ending = ": the rest, struck out, cannot count." if rest else "."
    return f'<p class="hint" id="tokens">{said}{ending}</p><p class="caption" id="caption">{read}{unread}</p>'


def _images(images: Sequence[Image.Image], scores: Sequence[float]) -> str:
    figures = [
        f'<figure{_own(index)}><img alt="place {place}" src="{thumbnail(images[index], 160)}">'
        f"<figcaption>{place}. {scores[index]:.3f}</figcaption></figure>"
        for place, index in enumerate(order(scores), 1)
    ]
    return f'<div class="ranked" id="images">{"".join(figures)}</div>'


def _captions(captions: Sequence[str], scores: Sequence[float]) -> str:
    items = [
        f"<li{_own(index)}><b>{place}.</b> {scores[index]:.3f} {escape(_shortened(captions[index]))}</li>"
        for place, index in enumerate(order(scores), 1)
    ]
    return f'<ol class="texts" id="captions">{"".join(items)}</ol>'


def _own(index: int) -> str:
    return ' class="own"' if index == 0 else ""


def _shortened(text: str) -> str:
    return text if len(text) <= _BEGINNING else f"{text[:_BEGINNING].rstrip()} …"
