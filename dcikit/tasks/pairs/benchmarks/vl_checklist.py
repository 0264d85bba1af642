"""VL-CheckList, from the user's copy of its folder `data`; its photos are of Visual Genome, SWiG and HAKE.

Of each file the first 1,000 rows count, the first true text against the first false one; a tie is wrong. The groups are
what a file is about, the last word of its name: six of Object (center, mid, margin; small, medium, large), five of
Attribute, two of Relation. Upstream passes over missing photos in silence, here they are counted: published numbers
cannot be reproduced without its very photos.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, one, pair_row

ROWS_OF_A_FILE = 1000
"""Half of MAX_NUM, the number of texts that the paper of DCI gives its runner."""

SUBSETS = ("Object", "Attribute", "Relation")
"""Folders of its files."""


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    texts = raw["texts"]
    name = raw["path"]
    return one(pair_row(name, texts["POS"][:1], texts["NEG"][:1], image_id=name, group=raw["about"], subset=subset))


VL_CHECKLIST = Benchmark(
    name="vl-checklist",
    parse=_parse,
    macro=True,
    needs_photos=True,
    paper="Zhao et al. 2022, arXiv 2207.00221",
)
