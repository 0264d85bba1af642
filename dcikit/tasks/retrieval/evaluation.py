"""A dataset and a model -> retrieval scores, with what is needed to compare them (docs/protocol.md §6, §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.engine.prepare import Reader, row_readers
from dcikit.engine.windows import Run, encoded_windows
from dcikit.results.bootstrap import share_interval
from dcikit.results.tally import Score

from .embedded_pairs import EmbeddedPairs
from .protocols import check_protocol, retrieval_row
from .ranks import Ranks, retrieval_ranks

AT = (1, 5, 10)
"""The k of R@k."""

NO_EXTRA = "no extra_caption"
"""Why `long-dci` leaves an image out."""


@dataclass
class Retrieval:
    """The scores of a dataset.

    Attributes:
        scores: i2t_r@1, i2t_r@5, i2t_r@10, t2i_r@1, ... -> score. Its regions are the queries of that direction, its
            interval is over images; `tied` counts queries whose own is equalled exactly by another one.
        images: photos, each of which has one picture (itself) or several (its regions).
        regions, texts: how many pictures and texts were ranked.
        keys: (image_id, key) of each picture.
        text_keys: those of each text's picture.
        i2t, t2i: the ranks behind the scores, in the order of the keys.
        protocol: lotlip, extra, long-dci or region; None for precomputed embeddings.
        excluded: reason -> how many pictures the protocol leaves out.
        truncated: texts that were cut at the model's context.
        empty_images: images without pictures, whatever the reason.
        skipped: place of a reader -> why its image was left out, which could not be read.
        fingerprint: of keys, boxes and texts in order; None for precomputed embeddings.
    """

    scores: dict[str, Score]
    images: int
    regions: int
    texts: int
    keys: list[tuple[str, str]]
    text_keys: list[tuple[str, str]]
    i2t: Ranks
    t2i: Ranks
    protocol: str | None = None
    excluded: dict[str, int] = field(default_factory=dict)
    truncated: int = 0
    empty_images: int = 0
    skipped: dict[int, str] = field(default_factory=dict)
    fingerprint: str | None = None
    task = "retrieval"

    def protocol_facts(self) -> dict[str, Any]:
        """How the scores came about: results are comparable only where this agrees."""
        return {
            "name": self.protocol,
            "score": "cosine similarity",
            "ties": "right if fewer than k others score strictly higher",
            "interval": "95%, bootstrap over images",
        }


def evaluate_retrieval(
    rows: Iterable[Mapping[str, Any]],
    encoder: Encoder,
    protocol: str | None = None,
    unit: str = "image",
    batch_size: int = 32,
) -> Retrieval:
    """Scores a model on rows; see `retrieve`."""
    return retrieve(row_readers(rows), encoder, protocol, unit, run=Run(batch_size))


def retrieve(
    readers: Iterable[Reader], encoder: Encoder, protocol: str | None = None, unit: str = "image", *, run: Run
) -> Retrieval:
    """Scores a model on rows that are read when they are needed, in one pass.

    Args:
        readers: each reads a row of config `dci`, those of all splits one after another (train, validation, test); for
            unit "region" a row of config `sdci`.
        encoder: the model, one that embeds images and texts apart.
        protocol: lotlip (the default), extra or long-dci; None for unit "region".
        unit: "image" or "region".
        run: batch size, workers, processes and cache.

    Raises:
        ValueError: if there is nothing to score, or a row or the model cannot be scored.
    """
    name = check_protocol(protocol, unit)
    if isinstance(encoder, CrossEncoder):
        raise ValueError(
            "`model` must embed images and texts apart for retrieval, which compares all with all; "
            f"a {type(encoder.model).__name__} scores them pair by pair"
        )
    pairs = EmbeddedPairs()
    for window in encoded_windows((partial(_read, reader, name) for reader in readers), encoder, ("all",), run):
        pairs.add_window(window)
    excluded = {NO_EXTRA: pairs.empty_images} if name == "long-dci" and pairs.empty_images else {}
    result = score_pairs(pairs, excluded)
    result.protocol, result.fingerprint = name, pairs.fingerprint.hexdigest()
    return result


def score_pairs(pairs: EmbeddedPairs, excluded: dict[str, int] | None = None) -> Retrieval:
    """The scores of pictures and texts that are embedded.

    Raises:
        ValueError: if there are none.
    """
    if not pairs.keys:
        raise ValueError("`dataset` has no image with a text, so there is nothing to score")
    i2t, t2i = retrieval_ranks(*pairs.tensors())
    text_keys = list(pairs.text_keys())
    scores = {}
    for direction, ranks, queries in (("i2t", i2t, pairs.keys), ("t2i", t2i, text_keys)):
        for k in AT:
            scores[f"{direction}_r@{k}"] = _score(ranks, k, [image_id for image_id, _ in queries], pairs, excluded)
    return Retrieval(
        scores=scores,
        images=len({image_id for image_id, _ in pairs.keys}),
        regions=len(pairs.keys),
        texts=len(text_keys),
        keys=pairs.keys,
        text_keys=text_keys,
        i2t=i2t,
        t2i=t2i,
        excluded=dict(excluded or {}),
        truncated=pairs.truncated,
        empty_images=pairs.empty_images,
        skipped=pairs.skipped,
    )


def _score(ranks: Ranks, k: int, images: list[str], pairs: EmbeddedPairs, excluded: dict[str, int] | None) -> Score:
    """R@k of queries, whose hits are counted by image."""
    hits = ranks.hits(k).tolist()
    total = Counter(images)
    right = Counter(image for image, hit in zip(images, hits, strict=True) if hit)
    return Score(
        value=sum(hits) / len(hits),
        interval=share_interval(np.array([right[image] for image in total]), np.array(list(total.values()))),
        regions=len(hits),
        excluded=dict(excluded or {}),
        tied=int((ranks.tied > 0).sum()),
        truncated=pairs.truncated,
        images={image: (right[image], count) for image, count in total.items()},
    )


def _read(reader: Reader, protocol: str) -> Mapping[str, Any]:
    return retrieval_row(reader(), protocol)
