"""ARO: relations and attributes exchanged between two things, and captions with their words shuffled.

Relations and attributes are judged on the box around both things, and averaged over the kinds of them; a tie is wrong.
Orders have four shuffles each, frozen in the copy on the Hub since upstream draws them unseeded; there the first
maximum wins and the true caption stands first, so that a tie is right.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..benchmark import Benchmark, PairRow, Raw, Source, one, pair_row
from .aro_symmetric import SYMMETRIC

_PAPER = "Yuksekgonul et al. 2023, arXiv 2210.01936"
_SHUFFLES = tuple(f"hard_text_{number}" for number in range(1, 5))


def _box(raw: Raw) -> tuple[int, int, int, int]:
    box = raw.get("bbox") or {side: raw[f"bbox_{side}"] for side in "xywh"}
    return box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]


def _parse_relation(raw: Raw, subset: str) -> Sequence[PairRow]:
    texts = raw["true_caption"], raw["false_caption"]
    return one(pair_row(_photo(raw), texts[:1], texts[1:], box=_box(raw), group=raw["relation_name"]))


def _parse_attribution(raw: Raw, subset: str) -> Sequence[PairRow]:
    texts = raw["true_caption"], raw["false_caption"]
    return one(pair_row(_photo(raw), texts[:1], texts[1:], box=_box(raw), group="_".join(raw["attributes"])))


def _parse_order(raw: Raw, subset: str) -> Sequence[PairRow]:
    return one(pair_row(raw["images"], [raw["correct_caption"]], [raw[name] for name in _SHUFFLES]))


def _photo(raw: Raw) -> object:
    return raw.get("image", raw.get("image_path"))


def _source(name: str, revision: str) -> tuple[Source, ...]:
    return (Source(f"mteb/{name}", "test", revision=revision),)


VG_RELATION = Benchmark(
    name="aro-vg-relation",
    parse=_parse_relation,
    sources=_source("ARO-Visual-Relation", "53c1115ab5871ab33b09d5bb8856236d46bdaf2d"),
    macro=True,
    unscored_groups=SYMMETRIC,
    paper=_PAPER,
)

VG_ATTRIBUTION = Benchmark(
    name="aro-vg-attribution",
    parse=_parse_attribution,
    sources=_source("ARO-Visual-Attribution", "25fe9b460426ff67cdb0608a737c94f8f49a901e"),
    macro=True,
    min_cases=25,
    paper=_PAPER,
)

COCO_ORDER = Benchmark(
    name="aro-coco-order",
    parse=_parse_order,
    sources=_source("ARO-COCO-order", "53c20afc02a87fed8c0245dde2e00f054da4b861"),
    negatives=4,
    ties_right=True,
    paper=_PAPER,
)

FLICKR_ORDER = Benchmark(
    name="aro-flickr-order",
    parse=_parse_order,
    sources=_source("ARO-Flickr-Order", "e5d7f3502345b2c398a6645b4d09b44e650287bf"),
    negatives=4,
    ties_right=True,
    paper=_PAPER,
)
