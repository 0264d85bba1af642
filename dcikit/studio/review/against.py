"""A release beside another annotation of the same images: of another annotator, or with answers known to be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError

from .agreement import Agreement
from .queue import Reviewed
from .source import Source


def compare(source: Source, other: Release, regions: list[Reviewed]) -> Iterator[dict[str, Agreement]]:
    """Annotator -> agreement with the other annotation; grows image by image of those that both have.

    An image is that of the annotator who described most of its regions.

    Raises:
        ArgumentError: if an image has another photo or size there, or they share none.
    """
    there = {name.removesuffix("-data.json") for name in other.all_names}
    shared = [image_id for image_id in sorted(source.image_ids) if image_id in there]
    if not shared:
        raise ArgumentError(f"`against` must have images of {source.release.folder}, {other.folder} has none of them")
    found: dict[str, Agreement] = {}
    for image_id in shared:
        record, _ = source.read(image_id)
        known = other.read(f"{image_id}-data.json", summaries=False, photo=False)
        _check_same(record, known, other)
        found.setdefault(_annotator(image_id, regions), Agreement()).add(record, known)
        yield found


def _annotator(image_id: str, regions: list[Reviewed]) -> str:
    names = Counter(each.annotator for each in regions if each.image_id == image_id)
    return names.most_common(1)[0][0] if names else ""


def _check_same(record: Record, known: Record, other: Release) -> None:
    if (record.file_name, record.width, record.height) != (known.file_name, known.width, known.height):
        raise ArgumentError(
            f"image {record.image_id} has another photo in {other.folder}; give a release of these photos"
        )
