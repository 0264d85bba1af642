"""Winoground: two photos with two captions of the same words; ties are wrong. The user's token must have access."""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, Source, pair_row


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    texts = raw["caption_0"], raw["caption_1"]
    return (
        pair_row(raw["image_0"], texts[:1], texts[1:]),
        pair_row(raw["image_1"], texts[1:], texts[:1]),
    )


WINOGROUND = Benchmark(
    name="winoground",
    parse=_parse,
    sources=(Source("facebook/winoground", "test", revision="b400e173549071916ad1b3d449293bc8d8b4b763"),),
    square=True,
    paper="Thrush et al. 2022, arXiv 2204.03162",
)
