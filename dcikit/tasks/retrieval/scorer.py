"""Ranks -> recall at k, image to text (i2t) and text to image (t2i)."""

from __future__ import annotations

from collections import Counter

import numpy as np

from dcikit.engine.items import EncodedItem, Excluded
from dcikit.results.bootstrap import share_interval
from dcikit.results.tally import Score

from .embedded_pairs import EmbeddedPairs
from .ranks import Ranks, retrieval_ranks

AT = (1, 5, 10)
"""The k of R@k."""


class RetrievalScorer:
    """Collects all embeddings, and ranks them at the end.

    Attributes:
        pairs: the crops and texts so far.
        excluded: reason -> how many regions the protocol excludes.
        file_names: of the photos, for a protocol with a list of them.
        i2t, t2i: the ranks behind the scores, of the crops and of the texts, in the order of `pairs`; after `finish`.
    """

    i2t: Ranks
    t2i: Ranks

    def __init__(self) -> None:
        self.pairs = EmbeddedPairs()
        self.excluded: Counter[str] = Counter()
        self.file_names: set[str] = set()

    def add(self, encoded: EncodedItem) -> None:
        self.pairs.add_encoded(encoded)
        if name := encoded.item.facts.get("file_name"):
            self.file_names.add(name)

    def exclude(self, excluded: Excluded) -> None:
        self.excluded[excluded.reason] += 1

    def finish(self) -> dict[str, Score]:
        """i2t_r@1, i2t_r@5, i2t_r@10, t2i_r@1, ...: the regions of a score are the queries of its direction.

        Its interval is over images; `tied` counts queries whose own is equalled exactly by another one.
        """
        self.i2t, self.t2i = retrieval_ranks(*self.pairs.tensors())
        scores = {}
        directions = (("i2t", self.i2t, self.pairs.keys), ("t2i", self.t2i, list(self.pairs.text_keys())))
        for direction, ranks, queries in directions:
            for k in AT:
                images = [image_id for image_id, _ in queries]
                scores[f"{direction}_r@{k}"] = _score(ranks, k, images, self.pairs, self.excluded)
        return scores


def _score(ranks: Ranks, k: int, images: list[str], pairs: EmbeddedPairs, excluded: dict[str, int]) -> Score:
    """R@k of queries, whose hits are counted by image."""
    hits = ranks.hits(k).tolist()
    total = Counter(images)
    right = Counter(image for image, hit in zip(images, hits, strict=True) if hit)
    return Score(
        value=sum(hits) / len(hits),
        interval=share_interval(np.array([right[image] for image in total]), np.array(list(total.values()))),
        regions=len(hits),
        excluded=dict(excluded),
        tied=int((ranks.tied > 0).sum()),
        truncated=pairs.truncated,
        images={image: (right[image], count) for image, count in total.items()},
    )
