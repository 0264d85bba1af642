"""Embeddings or scores that somebody else computed -> encoded regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from dcikit.engine.encodings import Embeddings, given_embeddings
from dcikit.engine.items import EncodedItem, Encoding, Excluded, Item, Label
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import NEGATIVE_KINDS, OTHER_KINDS
from dcikit.schema.suites import SDCI, SDCI_ENTRIES, SUITES

from ..evaluation import Evaluation
from ..sdci_items import hard_negative
from .items import IMAGE_EXCLUDED, captions, excluded_images
from .task import Scm


def precomputed_region(
    index: int,
    image_id: Any,
    key: Any,
    image_embeds: Any = None,
    caption_embeds: Any = None,
    negative_embeds: Mapping[str, Any] | None = None,
    caption_scores: Sequence[Sequence[float]] | None = None,
    negative_scores: Mapping[str, Sequence[float]] | None = None,
    clip_scores: Mapping[str, Any] | None = None,
    excluded: Sequence[Mapping[str, str]] | None = None,
) -> EncodedItem:
    """One region from embeddings or from scores; the arguments are those of `dci_scm`'s `add`.

    Args:
        index: the region's running number.
        excluded: the column of that name of its row; kept in `facts`.

    Raises:
        ValueError: if neither or both are given, or a shape is wrong.
    """
    where = f"image {image_id} region {key}"
    by_embeds = image_embeds is not None or caption_embeds is not None
    if by_embeds == (caption_scores is not None) or (by_embeds and (image_embeds is None or caption_embeds is None)):
        raise ValueError(f"{where} must have either `image_embeds` and `caption_embeds`, or `caption_scores`")
    negatives = dict((negative_embeds if by_embeds else negative_scores) or {})
    if not set(negatives) <= {*NEGATIVE_KINDS, *OTHER_KINDS}:
        raise ValueError(f"the negatives of {where} must be some of {', '.join(NEGATIVE_KINDS)}, got {list(negatives)}")
    flat: dict[Label, Any] = {
        (kind, number): value for kind, values in negatives.items() for number, value in enumerate(values)
    }
    encoding: Encoding
    if caption_scores is None:
        image = given_embeddings(image_embeds, "image_embeds", where)
        texts = given_embeddings(caption_embeds, "caption_embeds", where)
        if image.ndim != 1 or texts.ndim != 2 or not len(texts):
            raise ValueError(
                f"{where} must have `image_embeds` of shape (D,) and `caption_embeds` of shape (captions, D), "
                f"got {tuple(image.shape)} and {tuple(texts.shape)}"
            )
        n_captions = len(texts)
        own = dict(zip(captions(n_captions), texts, strict=True))
        encoding = Embeddings(
            where,
            image,
            own | {label: given_embeddings(text, "negative_embeds", where) for label, text in flat.items()},
        )
    else:
        n_captions = len(caption_scores[index]) if index < len(caption_scores) else 0
        encoding = GivenScores(
            where,
            index,
            caption_scores,
            {label: _number(score, "negative_scores", where) for label, score in flat.items()},
        )
    counts = {kind: len(negatives.get(kind, ())) for kind in NEGATIVE_KINDS}
    facts = {"captions": n_captions, "hard_negative": hard_negative(counts, clip_scores), "row": excluded}
    item = Item(str(image_id), str(key), None, dict.fromkeys([*captions(n_captions), *flat], ""), facts=facts)
    return EncodedItem(item, {}, frozenset(), encoding)


def known_protocol(regions: Iterable[EncodedItem]) -> str:
    """`sdci` if every region says which suites drop its image, else `sdci-entries`, which need not know."""
    return SDCI if all(region.item.facts["row"] is not None for region in regions) else SDCI_ENTRIES


def evaluate_precomputed(task: Scm, regions: Iterable[EncodedItem]) -> Evaluation:
    """Scores regions in the order of the dataset.

    Raises:
        ValueError: if a region comes twice or not beside the others of its image, or nobody knows what drops it.
    """
    scorer = task.scorer()
    images: dict[str, dict[str, str]] = {}
    for region in regions:
        item = region.item
        if task.protocol_name == SDCI and item.facts["row"] is None:
            raise ValueError(
                f"{item} must have `excluded`, which is a column of its row, for protocol {SDCI}; add it, or choose "
                f"protocol {SDCI_ENTRIES}"
            )
        excluded = excluded_images({"excluded": item.facts["row"]}, task.protocol_name)
        for suite in set(excluded).intersection(task.suites):
            images.setdefault(suite, {})[item.image_id] = excluded[suite]
        reasons = dict.fromkeys(excluded, IMAGE_EXCLUDED)
        if set(SUITES) <= set(excluded):
            scorer.exclude(Excluded(item.image_id, item.key, IMAGE_EXCLUDED))
        else:
            scorer.add(replace(region, item=replace(item, facts={**item.facts, "excluded": reasons})))
    evaluation = Evaluation(task.name, task.protocol(), scorer.finish(), scorer.images, scorer.regions)
    return replace(evaluation, excluded_images=images)


class GivenScores:
    """Scores of one crop that were computed elsewhere.

    Args:
        where: the region, for errors.
        index: its place among all regions.
        captions: for every region of the dataset, in order, this crop's scores with that region's captions. Only
            regions of the same groups are read: the others may be empty.
        negatives: its scores with its own negatives.

    Raises:
        ValueError: here or later, if a score that is read is missing or NaN.
    """

    def __init__(
        self, where: str, index: int, captions: Sequence[Sequence[float]], negatives: Mapping[Label, float]
    ) -> None:
        self.where = where
        self.index = index
        self.captions = captions
        self.negatives = negatives

    def own(self, labels: Sequence[Label]) -> Tensor:
        if labels[0] in self.negatives:
            return self._checked(torch.tensor([self.negatives[label] for label in labels], dtype=torch.float64))
        return self._with(self.index, labels)

    def between(self, group: Sequence[GivenScores], labels: Sequence[Label]) -> Tensor:
        return torch.stack([torch.stack([row._with(other.index, labels) for other in group]) for row in group])

    def _with(self, index: int, labels: Sequence[Label]) -> Tensor:
        scores = self.captions[index] if index < len(self.captions) else ()
        if len(scores) < len(labels):
            raise ValueError(
                f"`caption_scores` of {self.where} must hold {len(labels)} scores with region {index}, "
                f"got {len(scores)}"
            )
        return self._checked(
            torch.tensor(
                [_number(scores[number], "caption_scores", self.where) for _, number in labels], dtype=torch.float64
            )
        )

    def _checked(self, scores: Tensor) -> Tensor:
        if scores.isnan().any():
            raise ValueError(f"the scores of {self.where} hold NaN")
        return scores


def _number(score: Any, name: str, where: str) -> float:
    try:
        if not isinstance(score, (str, bytes, bool)):
            return float(score)
    except (TypeError, ValueError):
        pass
    raise ArgumentError(f"`{name}` of {where} must be numbers, got {score!r}")
