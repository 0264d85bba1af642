"""SugarCrepe: seven subsets of captions with one word or phrase added, replaced or swapped; ties are wrong.

The copies on the Hub have the 246 rows of the first release in swap_obj; the authors have since removed one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, Source, one, pair_row

_SUBSETS = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    if "tested_labels" in raw:  # the true one first
        caption, negative = raw["tested_labels"]
    else:  # the fields of the authors' own files
        caption, negative = raw["caption"], raw["negative_caption"]
    name = raw.get("filename")
    return one(pair_row(raw.get("image", name), [caption], [negative], image_id=name))


SUGARCREPE = Benchmark(
    name="sugarcrepe",
    parse=_parse,
    sources=tuple(Source(f"HuggingFaceM4/SugarCrepe_{subset}", "test", subset=subset) for subset in _SUBSETS),
    paper="Hsieh et al. 2023, arXiv 2306.14610",
)
