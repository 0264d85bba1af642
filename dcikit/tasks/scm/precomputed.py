"""Embeddings or scores that somebody else computed -> scored entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from dcikit.engine.scored import Embeddings, ScoredEntry, Scores, Similarities

from .entries import NEGATIVE_TYPES, Negative, hard_negative


def one_by_one(batch: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments of `add_batch`, each a list or tensor, as those of one `add` after another; None is left out.

    Raises:
        ValueError: if they are not of one length.
    """
    given = {name: values for name, values in batch.items() if values is not None}
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"the arguments must be lists of one length, got {lengths}")
    for index in range(next(iter(lengths.values()))):
        yield {name: values[index] for name, values in given.items()}


def precomputed_entry(
    place: int,
    image_id: Any,
    key: Any,
    image_embeds: Any = None,
    caption_embeds: Any = None,
    negative_embeds: Mapping[str, Any] | None = None,
    caption_scores: Sequence[Sequence[float]] | None = None,
    negative_scores: Mapping[str, Sequence[float]] | None = None,
    clip_scores: Mapping[str, Any] | None = None,
) -> ScoredEntry:
    """One entry from embeddings or from scores; the arguments are those of `dci_scm`'s `add`.

    Args:
        place: the entry's running number.

    Raises:
        ValueError: if neither or both are given, or a shape is wrong.
    """
    where = f"image {image_id} region {key}"
    by_embeds = image_embeds is not None or caption_embeds is not None
    if by_embeds == (caption_scores is not None) or (by_embeds and (image_embeds is None or caption_embeds is None)):
        raise ValueError(f"{where} must have either `image_embeds` and `caption_embeds`, or `caption_scores`")
    negatives = dict((negative_embeds if by_embeds else negative_scores) or {})
    if not set(negatives) <= set(NEGATIVE_TYPES):
        raise ValueError(f"the negatives of {where} must be some of {', '.join(NEGATIVE_TYPES)}, got {list(negatives)}")
    flat: dict[Negative, Any] = {
        (kind, index): value for kind, values in negatives.items() for index, value in enumerate(values)
    }
    scores: Scores
    if caption_scores is None:
        image, captions = torch.as_tensor(image_embeds), torch.as_tensor(caption_embeds)
        if image.ndim != 1 or captions.ndim != 2 or not len(captions):
            raise ValueError(
                f"{where} must have `image_embeds` of shape (D,) and `caption_embeds` of shape (captions, D), "
                f"got {tuple(image.shape)} and {tuple(captions.shape)}"
            )
        n_captions = len(captions)
        texts = {which: torch.as_tensor(text) for which, text in flat.items()}
        scores = Embeddings(where, image, captions, texts)
    else:
        n_captions = len(caption_scores[place]) if place < len(caption_scores) else 0
        scores = Similarities(where, place, caption_scores, {which: float(score) for which, score in flat.items()})
    counts = {kind: len(negatives.get(kind, ())) for kind in NEGATIVE_TYPES}
    return ScoredEntry(str(image_id), str(key), n_captions, hard_negative(counts, clip_scores), scores)
