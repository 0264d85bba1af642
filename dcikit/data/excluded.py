"""What the suites cannot use: whole images as the published evaluator drops them, or regions alone
(docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Iterator

from dcikit.schema.regions import BASE
from dcikit.schema.suites import PAPER_SUITES, PICKED

from .record import Mask, Record
from .regions import is_subcrop

_READ = {"ok": {"label", "caption"}, "low_quality": {"label"}, "bad": set[str]()}
"""Quality of a mask -> the keys that its region text is made of."""


def excluded_images(record: Record) -> dict[str, str]:
    """Suite -> why it drops the image, the first reason of several (protocol `sdci`)."""
    found = {suite: _image_reason(record, suite) for suite in PAPER_SUITES}
    return {suite: reason for suite, reason in found.items() if reason}


def excluded_regions(record: Record) -> Iterator[tuple[str, str]]:
    """Suite and reason of every region that a suite cannot use (protocol `sdci-entries`)."""
    for suite in PAPER_SUITES:
        for key in _keys(record, suite):
            if reason := _region_reason(record, key, suite):
                yield suite, reason


def _image_reason(record: Record, suite: str) -> str | None:
    if not record.captions:
        return "no summaries"
    if not record.negatives:
        return "no negatives"
    if any(_READ[mask.quality].intersection(mask.absent) for mask in record.masks):
        return "a mask without the label or caption that its quality needs"
    if suite != BASE:
        if len(record.negatives) == 1:
            return "negatives of one region only"
        if any(mask.absent for mask in _subcrops(record)):
            return "a subcrop without label or caption"
    return next((reason for key in _keys(record, suite) if (reason := _missing(record, key, suite))), None)


def _missing(record: Record, key: str, suite: str) -> str | None:
    """What of a region the published evaluator reads and does not find."""
    if not record.captions.get(key):
        return "a region without summary"
    if key not in record.negatives:
        return "a region without negatives"
    if key not in record.clip_scores:
        return "a region without clip_scores"
    if suite != "hard":
        return None if record.negatives[key]["swaps"] else "a region without swaps negative"
    if not any(record.negatives[key].values()):
        return "a region without any negative"
    return "a negative without its score" if _lacks_score(record, key) else None


def _region_reason(record: Record, key: str, suite: str) -> str | None:
    captions, negatives = record.captions.get(key, []), record.negatives.get(key, {})
    if not any(captions):
        return "no summary"
    if not any(negatives.values()):
        return "no negatives"
    if suite == "hard":
        return "no clip_scores" if _lacks_score(record, key) else None
    if suite == "pick5" and len(captions) < PICKED:
        return f"fewer than {PICKED} captions"
    return None if negatives["swaps"] else "no swaps negative"


def _lacks_score(record: Record, key: str) -> bool:
    scores = record.clip_scores.get(key)
    return scores is None or any(score is None for found in scores.negatives.values() for score in found)


def _subcrops(record: Record) -> Iterator[Mask]:
    return (mask for mask in record.masks if is_subcrop(mask, record.min_side))


def _keys(record: Record, suite: str) -> list[str]:
    """The regions that a suite reads, whether or not anything is said of them."""
    return [BASE] if suite == BASE else [BASE, *(mask.key for mask in _subcrops(record))]
