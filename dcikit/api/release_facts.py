"""What a release knows of its regions, for the decisions that `dci eval --log-samples` keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcikit.data.release import Release
    from dcikit.results.region_facts import Key, RegionFacts


def release_facts(release: Release) -> Callable[[str], dict[Key, RegionFacts]]:
    """image_id -> the facts of its regions, read without the photo where the annotation knows its size.

    So neither the cache of embeddings nor worker processes need to pass them on.
    """
    from dcikit.data.rows import sdci_row
    from dcikit.results.region_facts import region_facts
    from dcikit.schema.errors import DataError

    def look_up(image_id: str) -> dict[Key, RegionFacts]:
        name = f"{image_id}-data.json"
        try:
            record = release.read(name, summaries=True, photo=False)
        except DataError:  # no size
            record = release.read(name, summaries=True)
        return region_facts(sdci_row(record), {mask.mask_id: mask.parent_id for mask in record.masks})

    return look_up
