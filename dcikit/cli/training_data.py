"""The rows that `dci train` reads: a `datasets.Dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcikit.api.dataset_source import open_data


def training_rows(
    data: str | None,
    photos: Path | None,
    config: str,
    coco: Path | None,
    localized_narratives: Path | None,
    images: Path | None,
    limit: int | None,
) -> Any:
    """Split train of a release, an export or a Hub dataset, with its photos; or captions of somebody else's.

    Args:
        data, photos, config, limit: see `open_data`.
        coco, localized_narratives: an annotation file; either has its images in `images`.

    Raises:
        ValueError: if there is no such data, or no split train.
    """
    others = [each for each in (coco, localized_narratives) if each]
    if len(others) != (images is not None):
        raise ValueError("`--images` goes with one of `--coco` and `--localized-narratives`")
    if images is None:
        return open_data(data, photos, config, ["train"], limit).dataset()
    if config == "dci":
        raise ValueError("objective dreamlip needs the long captions of DCI, not `--coco` or `--localized-narratives`")

    from dcikit.data.sources import coco_captions
    from dcikit.data.sources import localized_narratives as narratives

    rows = coco_captions(coco, images) if coco else narratives(others[0], images)
    return rows.select(range(min(limit, len(rows)))) if limit else rows
