"""The formats that `dci export` writes, Parquet aside."""

from __future__ import annotations

from .coco import COCO
from .label_studio import LABEL_STUDIO
from .parts import Format

FORMATS: dict[str, Format] = {form.name: form for form in (LABEL_STUDIO, COCO)}
"""By name."""
