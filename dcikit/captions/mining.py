"""Which of many crops and sentences belong together: mutual best neighbours by a ratio margin (docs/protocol.md §12).

As bitexts are mined: Artetxe and Schwenk, "Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings",
ACL 2019 (arXiv 1811.01136). A pair counts by how far its cosine stands out among those of its neighbours: a sentence
that is near to everything is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from dcikit.engine.exact import exact_unit

ROWS, COLUMNS = 1024, 4096
"""Crops and sentences whose cosines are held at once: 32 MB."""


class MinedPair(NamedTuple):
    """A crop and a sentence, by their places, with their cosine and their margin."""

    crop: int
    sentence: int
    cosine: float
    margin: float


class Nearest(NamedTuple):
    """The neighbours of each query (Q, k), the nearest first; of equals the one with the lower place.

    Attributes:
        cosines: (Q, k) float64.
        places: (Q, k) int64, which they are.
    """

    cosines: Tensor
    places: Tensor


def mine_pairs(
    crops: Tensor,
    sentences: Tensor,
    neighbours: int = 4,
    margin: float = 1.0,
    callback: Callable[[int], None] = lambda crops: None,
) -> list[MinedPair]:
    """The pairs in which each is the other's best, in the order of the crops.

    The margin of a pair is its cosine divided by the mean of two means: of the crop's cosines with its nearest
    sentences, and of the sentence's with its nearest crops. The best of a crop is, among its nearest sentences, the one
    of the highest margin, of equals the first; likewise for a sentence.

    Args:
        crops: (N, D) embeddings of any length, at least one.
        sentences: (M, D), on the same device.
        neighbours: how many are nearest; all, if there are fewer.
        margin: the lowest of a pair that is kept; above 1 a pair stands out.
        callback: is called with the number of crops that were compared.

    Raises:
        ValueError: if an embedding holds NaN or infinity.
    """
    crops, sentences = exact_unit(crops, "crops"), exact_unit(sentences, "sentences")
    of_crops, of_sentences = nearest_both(crops, sentences, neighbours, callback)
    crop_mean, sentence_mean = of_crops.cosines.mean(1), of_sentences.cosines.mean(1)
    best_sentence, cosine, ratio = _best(of_crops, crop_mean, sentence_mean)
    best_crop, _, _ = _best(of_sentences, sentence_mean, crop_mean)
    mutual = best_crop[best_sentence] == torch.arange(len(crops), device=crops.device)
    kept = (mutual & (ratio >= margin)).nonzero()[:, 0]
    columns = (kept, best_sentence[kept], cosine[kept], ratio[kept])
    return [MinedPair(*pair) for pair in zip(*(column.tolist() for column in columns), strict=True)]


def nearest_both(
    crops: Tensor, sentences: Tensor, k: int, callback: Callable[[int], None] = lambda crops: None
) -> tuple[Nearest, Nearest]:
    """The nearest sentences of each crop and the nearest crops of each sentence, by cosine.

    The matrix of all cosines is walked once, in blocks; the result does not depend on them.

    Args:
        crops: (N, D) unit embeddings on the grid of `engine.exact`.
        sentences: (M, D) likewise.
        k: how many; all, if there are fewer.
    """
    of_crops, of_sentences = _nothing(crops, min(k, len(sentences))), _nothing(sentences, min(k, len(crops)))
    for top in range(0, len(crops), ROWS):
        rows = crops[top : top + ROWS].double()
        for left in range(0, len(sentences), COLUMNS):
            cosines = rows @ sentences[left : left + COLUMNS].double().T
            _update(of_crops, top, cosines, left)
            _update(of_sentences, left, cosines.T.contiguous(), top)
        callback(len(rows))
    return of_crops, of_sentences


def _nothing(queries: Tensor, k: int) -> Nearest:
    shape = len(queries), k
    return Nearest(
        torch.full(shape, -torch.inf, dtype=torch.float64, device=queries.device),
        torch.zeros(shape, dtype=torch.int64, device=queries.device),
    )


def _update(nearest: Nearest, query: int, cosines: Tensor, place: int) -> None:
    """Takes notice of a block: cosines (B, C) of the queries from `query` with the candidates from `place` on."""
    part, k = slice(query, query + len(cosines)), nearest.cosines.shape[1]
    new = _highest(cosines, min(k, cosines.shape[1]))
    seen = torch.cat([nearest.cosines[part], cosines.gather(1, new)], 1)  # what was seen before has lower places
    places = torch.cat([nearest.places[part], new + place], 1)
    highest = _highest(seen, k)
    nearest.cosines[part], nearest.places[part] = seen.gather(1, highest), places.gather(1, highest)


def _highest(values: Tensor, k: int) -> Tensor:
    """(Q, k) where the k highest values of each row are, in descending order, of equals the leftmost first."""
    found = values.topk(k, 1)
    last = found.values[:, -1:]
    places = found.indices.sort(1).values
    if int((values >= last).sum()) > places.numel():  # `topk` takes any of equals
        above, equal = values > last, values == last
        wanted = above | equal & (equal.cumsum(1, dtype=torch.int32) <= k - above.sum(1, keepdim=True))
        places = wanted.nonzero()[:, 1].view(-1, k)
    order = values.gather(1, places).argsort(dim=1, descending=True, stable=True)
    return places.gather(1, order)


def _best(nearest: Nearest, own_mean: Tensor, their_mean: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(Q,) the best of each query's neighbours, its cosine and its margin; of equals the lowest place.

    Neighbours whose mean is not positive have no ratio: they are nobody's.
    """
    mean = (own_mean[:, None] + their_mean[nearest.places]) / 2
    ratios = torch.where(mean > 0, nearest.cosines / mean, -torch.inf)
    highest = ratios.amax(1, keepdim=True)
    best = nearest.places.masked_fill(ratios < highest, torch.iinfo(torch.int64).max).argmin(1, keepdim=True)
    return tuple(each.gather(1, best)[:, 0] for each in (nearest.places, nearest.cosines, ratios))  # type: ignore[return-value]
