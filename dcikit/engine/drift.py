"""How far a lower precision moves the scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from dcikit.encoders.encoder import Encoder

from .encode import Window, encode_window
from .prepare import PreparedImage, Reader, prepare


@dataclass(frozen=True)
class Drift:
    """What changes on some images from float32 to another dtype.

    Attributes:
        dtype: the other one.
        pairs: crops and captions of their own that were scored.
        mean, largest: absolute change of a score (a cosine, or a difference of ITM logits).
    """

    dtype: str
    pairs: int
    mean: float
    largest: float


def cast_with_drift(encoder: Encoder, dtype: torch.dtype, readers: Iterable[Reader]) -> Drift | None:
    """Casts a float32 model, and compares its scores on a few images before and after.

    Args:
        encoder: the model; it is cast in place.
        dtype: the other precision.
        readers: of the images to compare on, rows of config `sdci`.

    Returns:
        The drift; None if the images have no entry.
    """
    images: list[PreparedImage] = []
    for reader in readers:
        try:
            images.append(prepare(reader(), encoder.preprocessor, ("all",)))
        except ValueError:
            continue  # the evaluation itself will say so
    before = _own_scores(encode_window(images, encoder), encoder)
    encoder.model.to(dtype)
    after = _own_scores(encode_window(images, encoder), encoder)
    changes = (after - before).abs()
    if not len(changes):
        return None
    return Drift(str(dtype).removeprefix("torch."), len(changes), changes.mean().item(), changes.max().item())


def _own_scores(window: Window, encoder: Encoder) -> torch.Tensor:
    scores = [scored.scores.own(1) for _, scored in window.scored(encoder)]
    return torch.cat(scores) if scores else torch.empty(0)
