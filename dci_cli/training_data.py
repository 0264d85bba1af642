"""The rows that `dci train` reads: a `datasets.Dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
        data: None: the drawn sample.
        photos: the photos of an export.
        config: dci or sdci.
        coco, localized_narratives: an annotation file; either has its images in `images`.
        limit: only the first images.

    Raises:
        ValueError: if there is no such data, or no split train.
    """
    others = [each for each in (coco, localized_narratives) if each]
    if len(others) != (images is not None):
        raise ValueError("`--images` goes with one of `--coco` and `--localized-narratives`")
    if images is None:
        rows = _split_train(data, photos, config)
    elif config == "dci":
        raise ValueError("objective dreamlip needs the long captions of DCI, not `--coco` or `--localized-narratives`")
    else:
        from dci_training.other_captions import coco_captions
        from dci_training.other_captions import localized_narratives as narratives

        rows = coco_captions(coco, images) if coco else narratives(others[0], images)
    return rows.select(range(min(limit, len(rows)))) if limit else rows


def _split_train(data: str | None, photos: Path | None, config: str) -> Any:
    import datasets

    from dci_dataset import attach_photos
    from dci_dataset.sample import sample_folder
    from dci_hub.rows import exported_split, is_exported

    if data is not None and is_exported(data):
        return exported_split(data, "train", photos, config=config).dataset
    if photos is not None:
        raise ValueError("`--photos` is for an export or a Hub id; a release folder has its own photos/")
    folder = str(data or sample_folder())
    rows = datasets.load_dataset("dci", config, data_dir=folder, split="train", photos=False)
    return attach_photos(rows, folder)
