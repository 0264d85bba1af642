"""What `dci explore` shows: a collection of images from whatever `dataset` names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dcikit.data.release import Release, is_release
from dcikit.data.sample import sample_folder
from dcikit.schema.errors import ArgumentError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from dcikit.studio.explore.collection import Collection


def open_collection(
    dataset: str | Path | None = None,
    *,
    photos: Path | None = None,
    revision: str | None = None,
    limit: int | None = None,
) -> Collection:
    """The images of a dataset.

    Args:
        dataset: a release folder, an export, or a Hub id; None: the drawn sample.
        photos: the folder with the photos of a dataset without.
        revision: of a Hub dataset; None: the newest.
        limit: only the first images.

    Raises:
        ArgumentError, DataError: if there is no such data, or arguments do not go together.
    """
    collection = _collection(dataset, photos, revision)
    if limit is not None:
        collection.splits = dict(islice(collection.splits.items(), limit))
        collection.identity += f", first {limit}"  # its index is not that of all
    return collection


def _collection(dataset: str | Path | None, photos: Path | None, revision: str | None) -> Collection:
    from dcikit.studio.explore.collection import ReleaseCollection

    if dataset is not None and not is_release(dataset):
        return _rows(str(dataset), photos, revision)
    if photos is not None or revision is not None:
        raise ArgumentError("`photos` and `dataset_revision` are for an export or a Hub id; a release has photos/")
    if dataset is None:
        return ReleaseCollection(Release(sample_folder()), "sample")
    return ReleaseCollection(Release(dataset), Path(dataset).expanduser().resolve().name)


def _rows(dataset: str, photos: Path | None, revision: str | None) -> Collection:
    from dcikit.data.attach import photos_folder
    from dcikit.hub.rows import any_splits, config_names, split_names
    from dcikit.studio.explore.rows_collection import CONFIGS, RowsCollection

    found = config_names(dataset, revision)
    configs = [config for config in CONFIGS if config in found]
    if not configs:
        raise ArgumentError(f"`dataset` {dataset} must have a config {' or '.join(CONFIGS)}, it has {', '.join(found)}")
    tables = {}
    for config in configs:
        splits = split_names(dataset, config, revision)
        rows = any_splits(dataset, splits, photos, config=config, revision=revision)
        tables[config] = [(split, each.dataset) for split, each in zip(splits, rows, strict=True)]
    return RowsCollection(dataset, tables, None if photos is None else photos_folder(photos))


def explore_app(
    collection: Collection, samples: Sequence[Path] = (), token: str | None = None, maps: Path | None = None
) -> ASGIApp:
    """The web app of a collection. Its index is made, and kept under HF_HOME, while the app answers.

    Args:
        samples: files of `dci eval --log-samples` on these images, a model each, one or two.
        token: see `dcikit.studio.safety.Guard`.
        maps: a folder of `dci eval --log-maps` on these images.

    Raises:
        ArgumentError, DataError: if there are more, or a file or folder is none of them.
    """
    from huggingface_hub.constants import HF_HOME

    from dcikit.results.map_files import Maps
    from dcikit.studio.app import make_app
    from dcikit.studio.explore.decisions import Decisions
    from dcikit.studio.explore.index import Index
    from dcikit.studio.explore.routes import explore_routes
    from dcikit.studio.explore.search import Search

    folder = Path(HF_HOME) / "dci" / "explore"
    decisions = Decisions(samples, folder) if samples else None
    grounding = Maps(maps) if maps else None
    index = Index(collection, folder)
    index.start()
    return make_app([explore_routes(Search(index, decisions), grounding)], token=token)
