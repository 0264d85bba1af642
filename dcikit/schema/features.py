"""The row schemas of the configs: one row is one image, in `regions` one region."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from datasets import Features, Image, Value

_STRING = Value("string")
_BOX = [Value("int32")]
_STRINGS = [_STRING]

_IMAGE = {
    "image_id": _STRING,
    "file_name": _STRING,
    "image": Image(),
    "width": Value("int32"),
    "height": Value("int32"),
}

_NEGATIVES = {"basic": _STRINGS, "layout": _STRINGS, "swaps": _STRINGS}

_CLIP_SCORES = {
    "caption": Value("float64"),
    "basic": [Value("float64")],
    "layout": [Value("float64")],
    "swaps": [Value("float64")],
}

DCI = Features(
    {
        **_IMAGE,
        "short_caption": _STRING,
        "extra_caption": _STRING,
        "description": _STRING,
        "masks": [
            {
                "mask_id": _STRING,
                "parent_id": _STRING,  # null: the image
                "child_ids": _STRINGS,
                "label": _STRING,
                "caption": _STRING,
                "quality": _STRING,  # ok | low_quality | bad
                "bbox": _BOX,
                "area": Value("int64"),
                "mask": Image(),
                "description": _STRING,
            }
        ],
    }
)
"""Config `dci`: what the annotators wrote, every mask."""


def _sdci(negatives: dict[str, Any]) -> Features:
    return Features(
        {
            **_IMAGE,
            "regions": [
                {
                    "key": _STRING,  # base | m-<mask_id>-sc
                    "mask_id": _STRING,  # null: base
                    "label": _STRING,
                    "bbox": _BOX,
                    "crop_box": _BOX,
                    "captions": _STRINGS,  # the first one first
                    "negatives": negatives,
                    "clip_scores": _CLIP_SCORES,  # or null
                    "mask": Image(),  # null: base
                }
            ],
            "excluded": [
                {
                    "suite": _STRING,  # all | pick5 | base | hard
                    "reason": _STRING,
                }
            ],
        }
    )


SDCI = _sdci(_NEGATIVES)
"""Config `sdci`: the regions that are scored, with their summaries and negatives, and the suites that drop the whole
image, with the reason (docs/protocol.md §4)."""


def _regions(negatives: dict[str, Any]) -> Features:
    return Features(
        {
            "image_id": _STRING,
            "file_name": _STRING,
            "key": _STRING,
            "mask_id": _STRING,  # null: base
            "parent_id": _STRING,  # null: base, or a mask of no other
            "label": _STRING,
            "caption": _STRING,  # of base: the extended caption
            "quality": _STRING,
            "bbox": _BOX,
            "crop_box": _BOX,
            "area": Value("int64"),
            "captions": _STRINGS,  # of sDCI, as far as there are any
            "negatives": negatives,
            "clip_scores": _CLIP_SCORES,  # or null
            "crop": Image(),  # or null
            "mask": Image(),  # null: base
        }
    )


REGIONS = _regions(_NEGATIVES)
"""Config `regions`: every region, one a row."""

IIW = Features(
    {
        **_IMAGE,
        "iiw_description": _STRING,
        "side_by_side": [{"question": _STRING, "answer": _STRING}],
    }
)
"""Config `iiw`: ImageInWords' descriptions of test photos, and how people compared them with DCI's own."""

SCHEMAS = {"dci": DCI, "sdci": SDCI, "regions": REGIONS, "iiw": IIW}
"""Config -> its features."""


def schema(config: str, kinds: Collection[str] = ()) -> Features:
    """The features of a config.

    Args:
        kinds: of negatives that the data have beyond the paper's, see `OTHER_KINDS`; a region's may be null.
    """
    columns = {"sdci": _sdci, "regions": _regions}.get(config)
    others = dict.fromkeys(kinds, _STRINGS)
    return columns({**_NEGATIVES, **others}) if columns and others else SCHEMAS[config]
