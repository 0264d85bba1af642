"""Rows + model -> scored entries, in one pass: the only place that runs a model.

Rows are taken in windows of `WINDOW` images. Every photo is decoded once, every crop encoded once, every distinct text
of a window encoded once; more than a window is never held, whatever the length of the dataset. A window's embeddings do
not depend on what came before it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from .clip import ClipEncoder
from .entries import Entry, Negative, row_entries
from .scored import Embeddings, ScoredEntry, Scores, Similarities
from .suites import needed_texts

WINDOW = 64
"""Images of a window; texts of an image hardly ever come again in one further away."""

Tokens = tuple[int, ...]


@dataclass
class _Pending:
    """An entry that waits for its window to be encoded."""

    entry: Entry
    captions: list[Tokens] = field(default_factory=list)
    negatives: dict[Negative, Tokens] = field(default_factory=dict)
    truncated_captions: frozenset[int] = frozenset()
    truncated_negatives: frozenset[Negative] = frozenset()
    pixels: Tensor | None = None  # until they are encoded
    image: Tensor | None = None


def encode(
    rows: Iterable[Mapping[str, Any]], encoder: ClipEncoder, suites: tuple[str, ...], batch_size: int = 32
) -> Iterator[ScoredEntry]:
    """Encodes what the suites need of each row.

    Args:
        rows: rows of config `sdci`; `image` as bytes, path or PIL image.
        encoder: the model.
        suites: which suites will read the entries.
        batch_size: crops, and texts, of one forward pass.

    Yields:
        The entries, in the order of the rows.

    Raises:
        ValueError: if a row has no photo, or one that cannot be decoded, or the model answers with NaN.
    """
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1, got {batch_size}")
    window: list[_Pending] = []
    crops: list[_Pending] = []
    for number, row in enumerate(rows, 1):
        prepared = _prepare(row, encoder, suites)
        window += prepared
        crops += [pending for pending in prepared if pending.pixels is not None]
        while len(crops) >= batch_size:
            _embed_images(crops[:batch_size], encoder)
            del crops[:batch_size]
        if number % WINDOW == 0:
            yield from _finish_window(window, crops, encoder, batch_size)
            window, crops = [], []
    yield from _finish_window(window, crops, encoder, batch_size)


def _prepare(row: Mapping[str, Any], encoder: ClipEncoder, suites: tuple[str, ...]) -> list[_Pending]:
    """Decodes the photo and cuts it; tokenizes the texts."""
    photo: Image.Image | None = None
    prepared = []
    for entry in row_entries(row):
        captions, negatives = needed_texts(entry, suites)
        pending = _Pending(entry)
        if captions:
            tokens, truncated = encoder.tokens([*captions, *negatives.values()])
            n = len(captions)
            pending.captions = tokens[:n]
            pending.negatives = dict(zip(negatives, tokens[n:], strict=True))
            pending.truncated_captions = frozenset(i for i in range(n) if truncated[i])
            pending.truncated_negatives = frozenset(
                which for which, cut in zip(negatives, truncated[n:], strict=True) if cut
            )
            photo = photo or open_photo(row)
            pending.pixels = encoder.pixels(photo.crop(entry.crop_box))
        prepared.append(pending)
    return prepared


def open_photo(row: Mapping[str, Any]) -> Image.Image:
    """The photo of a row, decoded, as RGB whatever its mode. Like the protocol, it ignores EXIF orientation."""
    name = row.get("file_name") or row["image_id"]
    value = row.get("image")
    if isinstance(value, Mapping):
        value = io.BytesIO(value["bytes"]) if value.get("bytes") is not None else value.get("path")
    if value is None:
        raise ValueError(f"image {name} has no photo; load the dataset with photos=True")
    try:
        image = value if isinstance(value, Image.Image) else Image.open(value)
        return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the photo {name} cannot be decoded: {error}; put the photo there again") from None


def _embed_images(crops: list[_Pending], encoder: ClipEncoder) -> None:
    if crops:
        with encoder.inference():
            embeds = encoder.embed_images([pending.pixels for pending in crops if pending.pixels is not None])
        for pending, embed in zip(crops, embeds, strict=True):
            pending.image, pending.pixels = embed, None


def _finish_window(
    window: list[_Pending], crops: list[_Pending], encoder: ClipEncoder, batch_size: int
) -> Iterator[ScoredEntry]:
    _embed_images(crops, encoder)
    texts = {text for pending in window for text in (*pending.captions, *pending.negatives.values())}
    ordered = sorted(texts, key=lambda text: (len(text), text))  # alike in length they need little padding
    embedded: dict[Tokens, Tensor] = {}
    with encoder.inference():
        for start in range(0, len(ordered), batch_size):
            batch = ordered[start : start + batch_size]
            embedded.update(zip(batch, encoder.embed_texts(batch), strict=True))
    for pending in window:
        yield _scored(pending, embedded)


def _scored(pending: _Pending, embedded: Mapping[Tokens, Tensor]) -> ScoredEntry:
    entry = pending.entry
    where = f"image {entry.image_id} region {entry.key}"
    scores: Scores = Similarities(where, 0, [], {})  # no suite reads this entry
    if pending.image is not None:
        scores = Embeddings(
            where,
            image=pending.image,
            captions=torch.stack([embedded[text] for text in pending.captions]),
            negatives={which: embedded[text] for which, text in pending.negatives.items()},
        )
    return ScoredEntry(
        image_id=entry.image_id,
        key=entry.key,
        n_captions=len(entry.captions),
        hard_negative=entry.hard_negative,
        scores=scores,
        truncated_captions=pending.truncated_captions,
        truncated_negatives=pending.truncated_negatives,
    )
