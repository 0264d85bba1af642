"""SugarCrepe++: two captions in different words, and one negative; both captions must beat it.

Text alone is judged too: the two captions must be nearer to each other than either is to the negative. Ties are wrong.
Its rows name photos of COCO's val2017.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, Source, one, pair_row

_CONFIGS = {
    "replace_attribute": "replace_att",
    "replace_object": "replace_obj",
    "replace_relation": "replace_rel",
    "swap_atribute": "swap_att",  # so it is spelled there
    "swap_object": "swap_obj",
}


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    captions = [raw["caption"], raw["caption2"]]
    name = raw["filename"]
    return one(pair_row(raw.get("image", name), captions, [raw["negative_caption"]], image_id=name))


SUGARCREPE_PP = Benchmark(
    name="sugarcrepe-pp",
    parse=_parse,
    sources=tuple(
        Source("Aman-J/SugarCrepe_pp", "train", config, subset=subset) for config, subset in _CONFIGS.items()
    ),
    captions=2,
    text_only=True,
    needs_photos=True,
    paper="Dumpala et al. 2024, arXiv 2406.11171",
)
