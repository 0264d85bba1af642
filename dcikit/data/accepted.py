"""A release as its reviewers left it: the regions that were accepted, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TypeVar

from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.regions import BASE

from .decisions import FILE, REJECTED, last_decisions, read_decisions, region_digest
from .record import Mask, Record
from .release import Release

T = TypeVar("T")


class AcceptedRelease(Release):
    """The images with an accepted region, with their accepted regions alone.

    An accepted mask is a child of the next accepted mask that holds it; where the image itself is not accepted, its
    descriptions are empty.

    Args:
        release: with `review/decisions.jsonl`.

    Attributes:
        accepted: image_id -> keys of its regions.
        outdated: decisions that accepted a region which has other texts, quality or pixels now.

    Raises:
        ArgumentError: if no region is accepted.
        DataError: a defect of the decisions, or of an image that was reviewed.
    """

    def __init__(self, release: Release) -> None:
        super().__init__(release.folder)
        self.accepted: dict[str, set[str]] = {}
        self.outdated = 0
        known = set(release.all_names)
        wanted: dict[str, dict[str, str]] = {}
        for (image_id, region), decision in last_decisions(read_decisions(self.folder)).items():
            if decision.verdict != REJECTED and f"{image_id}-data.json" in known:
                wanted.setdefault(image_id, {})[region] = decision.digest
        for image_id, digests in wanted.items():
            record = release.read(f"{image_id}-data.json", summaries=False, photo=False)
            current = {region for region, digest in digests.items() if region_digest(record, region) == digest}
            self.outdated += len(digests) - len(current)
            if current:
                self.accepted[image_id] = current
        if not self.accepted:
            raise ArgumentError(f"no region is accepted in {self.folder / FILE}; review the release first")
        self.splits = {
            split: [name for name in names if name.removesuffix("-data.json") in self.accepted]
            for split, names in release.splits.items()
        }

    def examine(self, name: str, *, summaries: bool, photo: bool = True) -> tuple[Record | None, list[DataError]]:
        record, defects = super().examine(name, summaries=summaries, photo=photo)
        return (only(record, self.accepted.get(record.image_id, ())) if record else None), defects

    def fingerprint(self, *, summaries: bool, photos: bool) -> str:
        regions = sorted((image_id, sorted(found)) for image_id, found in self.accepted.items())
        whole = super().fingerprint(summaries=summaries, photos=photos)
        return hashlib.sha256(repr((whole, regions)).encode()).hexdigest()[:16]


def only(record: Record, regions: Collection[str]) -> Record:
    """An image with some of its regions; masks whose parent is not one of them move up the tree."""
    kept = {mask.mask_id for mask in record.masks if mask.key in regions}
    masks = tuple(
        replace(mask, parent_id=_parent(record, mask, kept), child_ids=tuple(_children(record, mask, kept)))
        for mask in record.masks
        if mask.mask_id in kept
    )
    is_accepted = BASE in regions
    return replace(
        record,
        masks=masks,
        short_caption=record.short_caption if is_accepted else "",
        extra_caption=record.extra_caption if is_accepted else "",
        captions=_some(record.captions, regions),
        negatives=_some(record.negatives, regions),
        clip_scores=_some(record.clip_scores, regions),
    )


def _some(found: dict[str, T], regions: Collection[str]) -> dict[str, T]:
    return {key: value for key, value in found.items() if key in regions}


def _parent(record: Record, mask: Mask, kept: set[str]) -> str | None:
    parent_id = mask.parent_id
    while parent_id is not None and parent_id not in kept:
        above = record.by_id.get(parent_id)
        parent_id = above.parent_id if above else None
    return parent_id


def _children(record: Record, mask: Mask, kept: set[str]) -> Iterator[str]:
    for child_id in mask.child_ids:
        if child_id in kept:
            yield child_id
        elif child_id in record.by_id:
            yield from _children(record, record.by_id[child_id], kept)
