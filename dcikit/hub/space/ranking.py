"""Ranks one image with its long caption among others, both ways, as dci_retrieval does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Ranking:
    """What a model says of N images and their captions, of which the first pair is asked for.

    Attributes:
        images_of_caption: (N,) cosine of each image with the first caption.
        captions_of_image: (N,) cosine of each caption with the first image.
        found: how many of the N images have the highest score with their own caption; of the captions likewise.
        tokens: of the first caption.
        context: how many of them the model reads.
        read: the beginning of the first caption that the model reads.
    """

    images_of_caption: tuple[float, ...]
    captions_of_image: tuple[float, ...]
    found: tuple[int, int]
    tokens: int
    context: int
    read: str


def rank(images: Sequence[Image.Image], captions: Sequence[str], encoder: Any) -> Ranking:
    """Runs a model of two towers on N images and the caption of each."""
    with encoder.inference():
        image_rows = encoder.embed_images([encoder.pixels(image.convert("RGB")) for image in images])
        text_rows = encoder.embed_texts(encoder.tokens(captions)[0])
    scores = normalize(image_rows.double(), dim=-1) @ normalize(text_rows.double(), dim=-1).T
    own = scores.diagonal()
    tokenizer = encoder.preprocessor.tokenizer
    encoded = tokenizer(captions[0], return_offsets_mapping=True, verbose=False)
    return Ranking(
        images_of_caption=tuple(scores[:, 0].tolist()),
        captions_of_image=tuple(scores[0].tolist()),
        found=(int((own >= scores.amax(1)).sum()), int((own >= scores.amax(0)).sum())),
        tokens=len(encoded["input_ids"]),
        context=encoder.context,
        read=captions[0][: _characters(encoded["offset_mapping"], encoder.context)],
    )


def _characters(offsets: Sequence[tuple[int, int]], context: int) -> int:
    """How many characters the tokens inside the context cover; the last of them is the end token."""
    inside = offsets if len(offsets) <= context else offsets[: context - 1]
    return max(end for _, end in inside)
