"""The rows that `dci train` reads: a `datasets.Dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from dcikit.api.dataset_source import open_data


def training_rows(
    data: str | None,
    photos: Path | None,
    config: str,
    coco: list[Path] | None,
    localized_narratives: list[Path] | None,
    images: Path | None,
    limit: int | None,
    negatives: bool,
) -> Any:
    """Split train of a release, an export or a Hub dataset, with its photos; or captions of somebody else's.

    Args:
        data, photos, config, limit: see `open_data`.
        coco, localized_narratives: annotation files; those of either have their images in `images`.
        negatives: whether the loss needs negatives of those captions; DCI has its own.

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

    from dcikit.captions.rules import caption_negatives
    from dcikit.data.sources import coco_captions
    from dcikit.data.sources import localized_narratives as narratives

    read = coco_captions if coco else narratives
    found = read(others[0], images, caption_negatives if negatives else None)
    for why, count in found.skipped.items():
        Console(stderr=True).print(f"Skipped: {count:,} {why}", style="yellow", highlight=False, soft_wrap=True)
    rows = found.dataset
    return rows.select(range(min(limit, len(rows)))) if limit else rows
