"""The formats that `dci export` writes, Parquet aside."""

from __future__ import annotations

from .coco import COCO
from .fiftyone_samples import FIFTYONE
from .label_studio import LABEL_STUDIO
from .parts import Format
from .tar_shards import CLIP_BENCHMARK, WEBDATASET

FORMATS: dict[str, Format] = {form.name: form for form in (LABEL_STUDIO, COCO, FIFTYONE, CLIP_BENCHMARK, WEBDATASET)}
"""By name."""
