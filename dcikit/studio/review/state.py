"""A region, and all others of its image, as the page of the reviewer has them."""

from __future__ import annotations

import hashlib
from typing import Any

from dcikit.data.decisions import Decision, region_digest
from dcikit.data.record import Record
from dcikit.schema.regions import BASE

from .agreement import Agreement
from .queue import Reviewed
from .rates import Rate

Doc = dict[str, Any]


def queue_state(regions: list[Reviewed], decisions: dict[tuple[str, str], Decision]) -> list[Doc]:
    """The regions to be reviewed, with what was decided about each."""
    return [
        {
            "image_id": each.image_id,
            "region": each.region,
            "annotator": each.annotator,
            "decision": decision_state(decisions.get((each.image_id, each.region))),
        }
        for each in regions
    ]


def decision_state(decision: Decision | None) -> Doc | None:
    if decision is None:
        return None
    names = ("verdict", "reasons", "note", "reviewer", "time", "digest")
    return {name: getattr(decision, name) for name in names}


def image_state(record: Record, version: int) -> Doc:
    """All of an image but its pixels."""
    masks = [
        {
            "mask_id": mask.mask_id,
            "region": mask.key,
            "parent_id": mask.parent_id if mask.parent_id in record.by_id else None,
            "label": mask.label,
            "caption": mask.caption,
            "quality": mask.quality,
            "box": list(mask.bbox),
            "pixels": hashlib.sha256(mask.png).hexdigest()[:16],
            "digest": region_digest(record, mask.key),
        }
        for mask in record.masks
    ]
    return {
        "image_id": record.image_id,
        "version": version,
        "width": record.width,
        "height": record.height,
        "short_caption": record.short_caption,
        "extra_caption": record.extra_caption,
        "digest": region_digest(record, BASE),
        "masks": masks,
    }


def rates_state(found: dict[str, Rate]) -> list[Doc]:
    return [
        {"annotator": name, "reviewed": rate.reviewed, "verdicts": rate.verdicts, "reasons": rate.reasons}
        for name, rate in found.items()
    ]


def agreement_state(found: Agreement) -> Doc:
    """Counts, and the mean of each list; None where it is empty."""
    lists = ("ious", "labels", "captions", "descriptions")
    means = {name: sum(values) / len(values) if (values := getattr(found, name)) else None for name in lists}
    counts = {"images": found.images, "masks": found.masks, "matched": len(found.ious)}
    return counts | {"same_quality": found.same_quality} | means
