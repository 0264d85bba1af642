"""Rows of config sdci from an export or from the Hub, with the photos of a folder: what `dci eval` scores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.data.attach import attach_photos, photos_folder
from dcikit.schema.errors import DataError

from .manifest import NAME, Manifest, check_export, read_manifest


@dataclass(frozen=True)
class ExportedSplit:
    """A split of an export.

    Attributes:
        name: the folder or Hub id it came from.
        revision: the commit of a Hub dataset; of a folder the release's, see `Release.revision`.
        images: how many rows it has.
        left_out: ids of the images that the export left out of the split.
        dataset: the `datasets.Dataset`, photos attached.
    """

    name: str
    revision: str
    images: int
    left_out: tuple[str, ...]
    dataset: Any

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Rows as plain Python objects, images not decoded: {"bytes", "path"}."""
        chosen = self.dataset if limit is None else self.dataset.select(range(min(limit, self.images)))
        for table in chosen.with_format("arrow").iter(batch_size=8):
            yield from table.to_pylist()


def is_exported(data: str | os.PathLike[str]) -> bool:
    """Whether `data` is an export or a Hub id, not a release folder."""
    path = Path(data).expanduser()
    return (path / NAME).is_file() or (not path.exists() and str(data).count("/") == 1)


def exported_split(
    data: str | os.PathLike[str],
    split: str,
    photos: str | os.PathLike[str] | None = None,
    *,
    config: str = "sdci",
    revision: str | None = None,
) -> ExportedSplit:
    """Loads a split of an export.

    Args:
        data: the folder that `dci export` made, or a Hub id.
        split: train, validation or test.
        photos: the folder with the photos; None: those in the export.
        revision: of a Hub dataset; None: the newest.

    Raises:
        ValueError: if there is no such export, config or split, or its photos are needed and not given.
        DataError: if photos are missing.
    """
    import datasets

    folder = Path(data).expanduser()
    if folder.is_dir():
        manifest, name, commit = check_export(folder), str(folder.resolve()), None
    else:
        manifest, commit = _hub_manifest(str(data), revision)
        name = str(data)
    splits = sorted({each.path.split("/")[1].split("-")[0] for each in manifest.files if _of(each.path, config)})
    if split not in splits:
        raise ValueError(f"`split` of {data}, config {config}, must be one of {', '.join(splits)}, got {split!r}")
    if photos is None and not manifest.photos:
        raise ValueError(f"{data} has no photos; give the folder that has them: --photos DIR")
    folder_of_photos = None if photos is None else photos_folder(photos)
    dataset = datasets.load_dataset(name, config, split=split, revision=commit)
    if folder_of_photos is not None:
        dataset = attach_photos(dataset, folder_of_photos)
    left_out = tuple(
        image_id for each in manifest.files if _of(each.path, f"{config}/{split}") for image_id in each.left_out
    )
    return ExportedSplit(str(data), commit or manifest.release_revision, len(dataset), left_out, dataset)


def _of(path: str, what: str) -> bool:
    return path.startswith((f"{what}/", f"{what}-"))


def _hub_manifest(repo_id: str, revision: str | None) -> tuple[Manifest, str]:
    """The manifest of a published export, and its commit."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    from .errors import hub_errors

    with hub_errors(f"datasets/{repo_id}"):
        commit = str(HfApi().dataset_info(repo_id, revision=revision).sha)
        try:
            path = hf_hub_download(repo_id, NAME, repo_type="dataset", revision=commit)
        except EntryNotFoundError:
            raise DataError(repo_id, NAME, "the file is missing", "name a dataset that `dci publish` made") from None
    return read_manifest(Path(path).parent), commit
