"""Prepared images + model -> embeddings, a window at a time: the only place that runs a model.

A window is some images (`Encoder.window`). Each of its crops is encoded once, each of its distinct texts once, in
batches that depend on nothing outside it: whichever process encodes a window, its embeddings are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.preprocessor import Tokens
from dcikit.tasks.scm.entries import Entry

from .prepare import PreparedEntry, PreparedImage
from .scored import ScoredEntry, Scores, Similarities


@dataclass
class Window:
    """What a model made of some images.

    Attributes:
        entries: in order.
        images: (crops, ...), one row for each entry that a suite reads.
        tokens: the distinct texts.
        texts: (texts, ...), their rows.
        empty_images: how many of the images have no entry.
        skipped: place among all images -> why one was left out that could not be read.
    """

    entries: list[PreparedEntry]
    images: Tensor
    tokens: list[Tokens]
    texts: Tensor
    empty_images: int
    skipped: dict[int, str] = field(default_factory=dict)

    def scored(self, encoder: Encoder) -> Iterator[tuple[Entry, ScoredEntry]]:
        """The entries, ready for the suites.

        Raises:
            ValueError: if the model answered with NaN.
        """
        texts = dict(zip(self.tokens, self.texts, strict=True))
        images = iter(self.images)
        for prepared in self.entries:
            entry = prepared.entry
            where = f"image {entry.image_id} region {entry.key}"
            scores: Scores = Similarities(where, 0, [], {})  # no suite reads this entry
            if prepared.captions:
                scores = encoder.scores(where, next(images), prepared.captions, prepared.negatives, texts)
            yield (
                entry,
                ScoredEntry(
                    image_id=entry.image_id,
                    key=entry.key,
                    n_captions=len(entry.captions),
                    hard_negative=entry.hard_negative,
                    scores=scores,
                    truncated_captions=frozenset(prepared.truncated_captions),
                    truncated_negatives=frozenset(prepared.truncated_negatives),
                ),
            )


def encode_window(images: Iterable[PreparedImage], encoder: Encoder, batch_size: int = 32) -> Window:
    """Encodes some images; crops are forgotten as soon as a batch of them is encoded.

    Args:
        images: prepared.
        encoder: the model.
        batch_size: crops, and texts, of one forward pass.
    """
    entries: list[PreparedEntry] = []
    crops: list[dict[str, Tensor]] = []
    embedded: list[Tensor] = []
    empty_images = 0
    for image in images:
        entries += image.entries
        empty_images += not image.entries
        count = len(next(iter(image.pixels.values()), ()))
        crops += [{name: value[place] for name, value in image.pixels.items()} for place in range(count)]
        while len(crops) >= batch_size:
            embedded.append(_embed_images(crops[:batch_size], encoder))
            crops = crops[batch_size:]
    if crops:
        embedded.append(_embed_images(crops, encoder))
    distinct = {text for entry in entries for text in (*entry.captions, *entry.negatives.values())}
    tokens = sorted(distinct, key=lambda text: (len(text), text))  # alike in length they need little padding
    with encoder.inference():
        texts = [encoder.embed_texts(tokens[start : start + batch_size]) for start in range(0, len(tokens), batch_size)]
    return Window(entries, _joined(embedded), tokens, _joined(texts), empty_images)


def _embed_images(crops: list[dict[str, Tensor]], encoder: Encoder) -> Tensor:
    with encoder.inference():
        return encoder.embed_images(crops)


def _joined(batches: list[Tensor]) -> Tensor:
    # A clone: tensors made in inference mode cannot be sent to another process.
    return torch.cat(batches).clone() if batches else torch.empty(0, 0)
