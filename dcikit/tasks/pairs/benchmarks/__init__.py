"""The pair benchmarks, one file each."""

from __future__ import annotations

from ..benchmark import Benchmark
from .aro import COCO_ORDER, FLICKR_ORDER, VG_ATTRIBUTION, VG_RELATION
from .bivlc import BIVLC
from .sugarcrepe import SUGARCREPE
from .sugarcrepe_pp import SUGARCREPE_PP
from .vl_checklist import VL_CHECKLIST
from .winoground import WINOGROUND

_ALL = (
    SUGARCREPE,
    SUGARCREPE_PP,
    BIVLC,
    VG_RELATION,
    VG_ATTRIBUTION,
    COCO_ORDER,
    FLICKR_ORDER,
    WINOGROUND,
    VL_CHECKLIST,
)

BENCHMARKS: dict[str, Benchmark] = {benchmark.name: benchmark for benchmark in _ALL}
"""By name."""
