"""A record -> its files in a release folder, the way back from `parse_record` (docs/protocol.md §1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcikit.files.whole_file import write_whole
from dcikit.schema.regions import MIN_SIDE, QUALITIES

from .record import ClipScores, Mask, Record

Doc = dict[str, Any]


def annotation(record: Record) -> Doc:
    """The file of `annotations/`: texts, size and masks."""
    return {
        "image": record.file_name,
        "short_caption": record.short_caption,
        "extra_caption": record.extra_caption,
        "height": record.height,
        "width": record.width,
        "mask_data": {mask.mask_id: _mask(mask) for mask in record.masks},
        "mask_keys": [mask.mask_id for mask in record.masks],
        **({"min_side": record.min_side} if record.min_side != MIN_SIDE else {}),
        **({"side_by_side": record.side_by_side} if record.side_by_side else {}),
    }


def complete(record: Record) -> Doc:
    """The file of `complete/`: the same with summaries, negatives and scores, as far as there are any."""
    parts: Doc = {
        "summaries": record.captions,
        "negatives": record.negatives,
        "clip_scores": {key: _scores(scores) for key, scores in record.clip_scores.items()},
    }
    return annotation(record) | {name: part for name, part in parts.items() if part}


def write_annotation(
    folder: Path, record: Record, *, extra: Mapping[str, Any] | None = None, with_complete: bool | None = None
) -> None:
    """Writes `<image_id>-data.json` into `annotations/` and `complete/`, each file whole or not at all.

    Args:
        folder: the release folder, which must have them.
        extra: more keys for both files, which readers of a release pass over.
        with_complete: whether to write the file of `complete/`; None: if the record has summaries or negatives.
    """
    if with_complete is None:
        with_complete = bool(record.captions or record.negatives)
    files = {"annotations": annotation(record)} | ({"complete": complete(record)} if with_complete else {})
    for part, document in files.items():
        data = json.dumps({**document, **(extra or {})}, ensure_ascii=False)
        write_whole(folder / part / f"{record.image_id}-data.json", data.encode())


def _mask(mask: Mask) -> Doc:
    x0, y0, x1, y1 = mask.bbox
    texts = {"label": mask.label, "caption": mask.caption}
    return {
        "outer_mask": base64.b64encode(mask.png).decode("ascii"),
        "area": mask.area,
        "bounds": {"topLeft": {"x": x0, "y": y0}, "bottomRight": {"x": x1, "y": y1}},
        "idx": mask.mask_id,
        "parent": -1 if mask.parent_id is None else mask.parent_id,
        "requirements": list(mask.child_ids),
        **{name: text for name, text in texts.items() if name not in mask.absent},
        "mask_quality": QUALITIES.index(mask.quality),
    }


def _scores(scores: ClipScores) -> dict[str, float]:
    named = {"sum": scores.caption} | {
        f"{kind}_{index}": score for kind, found in scores.negatives.items() for index, score in enumerate(found)
    }
    return {name: score for name, score in named.items() if score is not None}
