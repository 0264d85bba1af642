"""Rows of an export, or of any dataset with the same columns, in a folder or on the Hub; photos of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.data.attach import attach_photos, photos_folder
from dcikit.schema.errors import ArgumentError, DataError, DciError, first_line
from dcikit.schema.features import SCHEMAS
from dcikit.schema.splits import SPLITS

from .errors import hub_errors
from .manifest import NAME, Manifest, check_export, read_manifest


class NoManifestError(DataError):
    """A dataset that `dci export` did not make."""


@dataclass(frozen=True)
class ExportedSplit:
    """A split of an export.

    Attributes:
        name: the folder or Hub id it came from.
        revision: the commit of a Hub dataset; of a folder the release's, see `Release.revision`.
        images: how many rows it has.
        skipped: ids of the images that the export skipped.
        dataset: the `datasets.Dataset`, photos attached.
        skips_known: whether the dataset says which images its maker skipped.
    """

    name: str
    revision: str | None
    images: int
    skipped: tuple[str, ...]
    dataset: Any
    skips_known: bool = True

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Rows as plain Python objects, images not decoded: {"bytes", "path"}."""
        chosen = self.dataset if limit is None else self.dataset.select(range(min(limit, self.images)))
        for table in chosen.with_format("arrow").iter(batch_size=8):
            yield from table.to_pylist()


def is_exported(data: str | os.PathLike[str]) -> bool:
    """Whether `data` is an export or a Hub id, not a release folder."""
    path = Path(data).expanduser()
    return (path / NAME).is_file() or (not path.exists() and str(data).count("/") == 1)


def any_splits(
    data: str | os.PathLike[str],
    splits: Sequence[str] | None,
    photos: str | os.PathLike[str] | None = None,
    *,
    config: str = "sdci",
    revision: str | None = None,
) -> list[ExportedSplit]:
    """Loads splits of an export, or of another dataset whose rows have the columns of the config.

    Args:
        splits: None: those of train, validation and test that the dataset has.
        data, photos, config, revision: see `exported_split`.

    Raises:
        ArgumentError: if there is no such dataset, config or split, or its rows have other columns.
    """
    try:
        chosen = splits or _splits(_manifest(data, revision)[0], str(data), config)
        return [exported_split(data, split, photos, config=config, revision=revision) for split in chosen]
    except NoManifestError:
        return [
            _plain_split(str(data), split, photos, config, revision)
            for split in splits or split_names(str(data), config, revision)
        ]


def config_names(data: str | os.PathLike[str], revision: str | None = None) -> list[str]:
    """The configs of a dataset in a folder or on the Hub.

    Raises:
        ArgumentError: if there is no such dataset.
    """
    import datasets

    with _loading(str(data)):
        return list(datasets.get_dataset_config_names(str(data), revision=revision))


def split_names(name: str, config: str, revision: str | None = None) -> list[str]:
    """The splits of a config, only train, validation and test if it has any of them.

    Raises:
        ArgumentError: if there is no such dataset or config.
    """
    import datasets

    with _loading(name):
        found = datasets.get_dataset_split_names(name, config, revision=revision)
    return [split for split in SPLITS if split in found] or found


def _plain_split(
    name: str, split: str, photos: str | os.PathLike[str] | None, config: str, revision: str | None
) -> ExportedSplit:
    import datasets

    with _loading(name):
        dataset = datasets.load_dataset(name, config, split=split, revision=revision)
    missing = [column for column in SCHEMAS[config] if column not in dataset.column_names]
    if missing:
        raise ArgumentError(
            f"`dataset` {name} has no column {missing[0]}, so its rows are not those of config {config}; it has "
            f"{', '.join(dataset.column_names)}"
        )
    if photos is not None:
        dataset = attach_photos(dataset, photos_folder(photos))
    commit = None if Path(name).exists() else revision
    return ExportedSplit(name, commit, len(dataset), (), dataset, skips_known=False)


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """What `datasets` says when it cannot load a dataset, in one line."""
    try:
        with hub_errors(f"datasets/{name}"):
            yield
    except (ValueError, OSError) as error:
        if isinstance(error, DciError):
            raise
        raise ArgumentError(
            "`dataset` must be a release folder (with splits.json), an export, or what `load_dataset` reads, got "
            f"{name}: {first_line(error)}"
        ) from None


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

    manifest, commit = _manifest(data, revision)
    name = str(data) if commit else str(Path(data).expanduser().resolve())
    splits = _splits(manifest, str(data), config)
    if split not in splits:
        raise ValueError(f"`split` of {data}, config {config}, must be one of {', '.join(splits)}, got {split!r}")
    if photos is None and not manifest.photos:
        raise ValueError(f"{data} has no photos; give the folder that has them: --photos DIR")
    folder_of_photos = None if photos is None else photos_folder(photos)
    dataset = datasets.load_dataset(name, config, split=split, revision=commit)
    if folder_of_photos is not None:
        dataset = attach_photos(dataset, folder_of_photos)
    skipped = tuple(
        image_id for each in manifest.files if _of(each.path, f"{config}/{split}") for image_id in each.skipped
    )
    return ExportedSplit(str(data), commit or manifest.release_revision, len(dataset), skipped, dataset)


def _manifest(data: str | os.PathLike[str], revision: str | None) -> tuple[Manifest, str | None]:
    """The manifest of an export, and its commit if it is on the Hub."""
    folder = Path(data).expanduser()
    if not folder.is_dir():
        return _hub_manifest(str(data), revision)
    if not (folder / NAME).is_file():
        raise NoManifestError(str(folder), NAME, "the file is missing", "name a folder that `dci export` made")
    return check_export(folder), None


def _splits(manifest: Manifest, data: str, config: str) -> list[str]:
    """The splits of a config of an export, in the order of `SPLITS`."""
    configs = sorted({each.path.split("/")[0] for each in manifest.files})
    if config not in configs:
        raise ArgumentError(f"{data} has no config {config}, only {', '.join(configs)}; export it with that config")
    found = {each.path.split("/")[1].split("-")[0] for each in manifest.files if _of(each.path, config)}
    return [split for split in SPLITS if split in found]


def _of(path: str, what: str) -> bool:
    return path.startswith((f"{what}/", f"{what}-"))


def _hub_manifest(repo_id: str, revision: str | None) -> tuple[Manifest, str]:
    """The manifest of a published export, and its commit."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    with hub_errors(f"datasets/{repo_id}"):
        commit = str(HfApi().dataset_info(repo_id, revision=revision).sha)
        try:
            path = hf_hub_download(repo_id, NAME, repo_type="dataset", revision=commit)
        except EntryNotFoundError:
            raise NoManifestError(repo_id, NAME, "the file is missing", "name one that `dci publish` made") from None
    return read_manifest(Path(path).parent), commit
