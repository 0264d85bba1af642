"""BiVLC: SugarCrepe's pairs with a generated photo for each negative; two photos with two captions, ties wrong.

Its authors' I2T is our `text` (both photos prefer their caption), their T2I our `image`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, Source, pair_row


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    texts = raw["caption"], raw["negative_caption"]
    kind = raw["type"]
    return (
        pair_row(raw["image"], texts[:1], texts[1:], subset=kind),
        pair_row(raw["negative_image"], texts[1:], texts[:1], subset=kind),
    )


BIVLC = Benchmark(
    name="bivlc",
    parse=_parse,
    sources=(Source("imirandam/BiVLC", "test"),),
    square=True,
    paper="Miranda et al. 2024, arXiv 2406.09952",
)
