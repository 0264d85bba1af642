"""How far a lower precision moves the scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from dcikit.encoders.encoder import Encoder
from dcikit.schema.errors import DataError

from .encode import encode_window
from .items import Items
from .prepare import PreparedImage, Reader, prepare


@dataclass(frozen=True)
class Drift:
    """What changes on some images from float32 to another dtype.

    Attributes:
        dtype: the other one.
        pairs: crops and texts of their own that were scored.
        mean, largest: absolute change of a score (a cosine, or a difference of ITM logits).
    """

    dtype: str
    pairs: int
    mean: float
    largest: float


def cast_with_drift(encoder: Encoder, dtype: torch.dtype, readers: Iterable[Reader], items: Items) -> Drift | None:
    """Casts a float32 model, and compares its scores on a few images before and after.

    Args:
        encoder: the model; it is cast in place.
        dtype: the other precision.
        readers: of the images to compare on.
        items: what is compared; of each item the score with its first text.

    Returns:
        The drift; None if the images have no item.
    """
    images: list[PreparedImage] = []
    for reader in readers:
        try:
            images.append(prepare(reader(), encoder.preprocessor, items))
        except DataError:
            continue  # the evaluation itself will say so
    before = _own_scores(images, encoder)
    encoder.model.to(dtype)
    after = _own_scores(images, encoder)
    changes = (after - before).abs()
    if not len(changes):
        return None
    return Drift(str(dtype).removeprefix("torch."), len(changes), changes.mean().item(), changes.max().item())


def _own_scores(images: list[PreparedImage], encoder: Encoder) -> torch.Tensor:
    window = encode_window(images, encoder)
    scores = [each.encoding.own([next(iter(each.item.texts))]) for each in window.encoded(encoder) if each.item.texts]
    return torch.cat(scores) if scores else torch.empty(0)
