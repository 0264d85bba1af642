"""How fast are the ranks of `dci_retrieval`? Both directions, exact and with ties, in the same run as what one would
write down first: per direction, a chunk of queries times all candidates, and `topk(10)` of it.

    python benchmarks/retrieval.py [--n 100000] [--dim 512] [--rounds 1] [--unrelated]

Own pairs are as alike as makes R@1 about one half at 100,000; `--unrelated` draws them like all others, which leaves
most scores to be settled in float64.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from dcikit.tasks.retrieval.ranks import retrieval_ranks

CHUNK = 1024


def plain(queries: Tensor, candidates: Tensor) -> list[int]:
    """Hits at 1, 5, 10 of one direction."""
    queries, candidates = normalize(queries, dim=1), normalize(candidates, dim=1)
    found = [0, 0, 0]
    for start in range(0, len(queries), CHUNK):
        top = (queries[start : start + CHUNK] @ candidates.T).topk(10).indices
        hit = top == torch.arange(start, start + len(top))[:, None]
        found = [count + int(hit[:, :k].sum()) for count, k in zip(found, (1, 5, 10), strict=True)]
    return found


def ours(images: Tensor, texts: Tensor) -> list[list[int]]:
    """Hits at 1, 5, 10 of both directions."""
    return [[int(ranks.hits(k).sum()) for k in (1, 5, 10)] for ranks in retrieval_ranks(images, texts)]


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    value = run()
    return time.perf_counter() - start, value


def peak() -> float:
    """MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--unrelated", action="store_true")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    images = torch.randn(arguments.n, arguments.dim)
    texts = torch.randn(arguments.n, arguments.dim)
    if not arguments.unrelated:
        texts = texts.mul_(5).add_(images)
    ours(images[:2000], texts[:2000])
    before = peak()
    seconds: dict[str, list[float]] = {"dci_retrieval": [], "image to text": [], "text to image": []}
    for number in range(arguments.rounds):
        own, hits = timed(lambda: ours(images, texts))
        if number == 0:
            memory = peak() - before
        i2t, hits_i2t = timed(lambda: plain(images, texts))
        t2i, hits_t2i = timed(lambda: plain(texts, images))
        for column, value in zip(seconds.values(), (own, i2t, t2i), strict=True):
            column.append(value)
    rounds = list(zip(*seconds.values(), strict=True))
    print(f"{arguments.n} x {arguments.n} embeddings of {arguments.dim}, {torch.get_num_threads()} threads")
    print(f"dci_retrieval, both directions: {statistics.median(seconds['dci_retrieval']):.1f} s, hits {hits}")
    for name, found in (("image to text", hits_i2t), ("text to image", hits_t2i)):
        print(f"plain matmul + topk, {name}: {statistics.median(seconds[name]):.1f} s, hits {found}")
    print(f"ratio to plain, both directions: {statistics.median(own / (i2t + t2i) for own, i2t, t2i in rounds):.3f}")
    print(
        f"ratio to plain, one direction:   {statistics.median(own * 2 / (i2t + t2i) for own, i2t, t2i in rounds):.3f}"
    )
    print(f"peak memory above the embeddings: {memory:.0f} MB; the matrix has {arguments.n**2 * 4 / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
