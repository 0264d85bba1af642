"""A walk over a whole release: what is in it, and everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dcikit.files.workers import in_processes
from dcikit.schema.errors import DataError

from .excluded import excluded_images, excluded_regions
from .pixels import decode_error
from .record import Record
from .regions import scored_regions
from .release import Release
from .text import image_description

CLIP_TOKENS = 77
"""The context of CLIP, which the captions of sDCI are made for."""


@dataclass
class Report:
    """What was found in some images.

    Attributes:
        counts: images, masks and masks by quality, regions, captions, negatives, words (of the images' descriptions),
            long_captions (over `CLIP_TOKENS`, if a tokenizer was given), without_summaries (images).
        excluded_images: suite and reason -> images that the suite drops, by protocol `sdci`.
        excluded_regions: suite and reason -> regions that it drops, by protocol `sdci-entries`.
        defects: everything that is wrong.
    """

    counts: Counter[str] = field(default_factory=Counter)
    excluded_images: Counter[tuple[str, str]] = field(default_factory=Counter)
    excluded_regions: Counter[tuple[str, str]] = field(default_factory=Counter)
    defects: list[DataError] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.counts += other.counts
        self.excluded_images += other.excluded_images
        self.excluded_regions += other.excluded_regions
        self.defects += other.defects


def verify(
    release: Release, *, photos: bool = True, tokenizer: Any = None, num_proc: int | None = None
) -> Iterator[Report]:
    """Examines every image of a release in parallel: all fields, and every photo and mask decoded.

    Args:
        release: the folder.
        photos: False for those who have no photos.
        tokenizer: a tokenizer of transformers, to count captions over `CLIP_TOKENS`.
        num_proc: processes; None: one a core.

    Yields:
        A report for each image, in the order of the splits.

    Raises:
        DataError: if splits.json cannot be read.
        OSError: if a process was killed.
    """
    examine = partial(_verify_image, release, photos)
    names = release.all_names
    yield from in_processes(examine, names, num_proc, at_once=4, start=_keep_tokenizer, start_with=tokenizer)


_tokenizer: Any = None


def _keep_tokenizer(tokenizer: Any) -> None:
    """Once a process: a tokenizer is megabytes, too much to send with every image."""
    global _tokenizer
    _tokenizer = tokenizer


def _verify_image(release: Release, photos: bool, name: str) -> Report:
    report = Report(Counter(images=1))
    has_summaries = (release.folder / "complete").is_dir()
    record, defects = release.examine(name, summaries=has_summaries, photo=photos)
    report.defects += defects
    if has_summaries and release.annotations(summaries=False) != release.annotations(summaries=True):
        plain, defects = release.examine(name, summaries=False, photo=False)
        report.defects += defects
        if plain and record and _written(plain) != _written(record):
            path = str(release.annotations(summaries=True) / name)
            report.defects.append(
                DataError(path, "", "its masks or captions are not those of annotations/", "unpack dci.tar.gz again")
            )
    if record is not None:
        report.counts += _counts(record)
        if has_summaries:
            report.excluded_images.update(excluded_images(record).items())
            report.excluded_regions.update(excluded_regions(record))
        report.defects += _undecodable(release.annotations(has_summaries) / name, record)
    return report


def _written(record: Record) -> tuple[Any, ...]:
    return record.short_caption, record.extra_caption, record.masks


def _counts(record: Record) -> Counter[str]:
    counts = Counter({"masks": len(record.masks), "words": len(image_description(record).split())})
    counts.update(mask.quality for mask in record.masks)
    regions = list(scored_regions(record))
    counts["without_summaries"] = not regions
    for region in regions:
        counts["regions"] += 1
        counts["captions"] += len(region.captions)
        counts["negatives"] += sum(map(len, region.negatives.values()))
        if _tokenizer is not None:
            ids = _tokenizer(region.captions, verbose=False)["input_ids"]
            counts["long_captions"] += sum(len(caption) > CLIP_TOKENS for caption in ids)
    return counts


def _undecodable(path: Path, record: Record) -> Iterator[DataError]:
    images = [(f"mask {mask.mask_id}: outer_mask", mask.png) for mask in record.masks]
    if record.photo is not None:
        images.append(("image", record.photo))
    for key, data in images:
        error = decode_error(data)
        if error:
            yield DataError(str(path), key, f"cannot be decoded: {error}", "unpack dci.tar.gz, or put the photo, again")
