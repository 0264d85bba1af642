"""Where rows come from: a release folder, an export, any dataset with the same columns, or rows themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcikit.engine.cache import WindowCache
from dcikit.engine.items import Row
from dcikit.engine.prepare import Reader, row_readers
from dcikit.engine.rows import dataset_rows, skipped_images
from dcikit.hub.rows import ExportedSplit
from dcikit.schema.configs import DCI_AND_SDCI
from dcikit.schema.errors import ArgumentError

from .release_facts import release_facts

if TYPE_CHECKING:
    from dcikit.data.release import Release
    from dcikit.encoders.encoder import Encoder
    from dcikit.tasks.pairs.rows import PairRows


def open_source(
    dataset: Any,
    config: str,
    splits: Sequence[str] | None = None,
    *,
    photos: Path | None = None,
    revision: str | None = None,
    limit: int | None = None,
) -> Source:
    """The rows of some splits.

    Args:
        dataset: a release folder, an export, another folder or Hub id that `load_dataset` reads as rows of the config;
            or rows: a `datasets.Dataset`, or an iterable of them; None: the drawn sample.
        config: dci, sdci, or both of them, `DCI_AND_SDCI`.
        splits: None: all of them. Rows are what they are: it does not choose among them.
        photos: the folder with the photos of a dataset without.
        revision: of a Hub dataset; None: the newest.
        limit: only the first images.

    Raises:
        ArgumentError: if there is no such data, or a split of it is absent or empty, or arguments do not go together.
    """
    from dcikit.data.release import Release, is_release
    from dcikit.data.sample import sample_folder

    if dataset is not None and not isinstance(dataset, (str, Path)):
        if splits or photos or revision:
            raise ArgumentError("`split`, `photos` and `dataset_revision` are for `dataset` as a folder or a Hub id")
        return _rows_source(dataset, limit)
    if dataset is not None and not str(dataset).strip():
        raise ArgumentError("`dataset` must be a folder or a Hub id, got an empty name; without it, the sample is read")
    if dataset is not None and not is_release(dataset):
        from dcikit.hub.rows import any_splits

        if config == DCI_AND_SDCI:
            scored = open_source(dataset, "sdci", splits, photos=photos, revision=revision, limit=limit)
            return JoinedSource(scored, open_source(dataset, "dci", splits, photos=photos, revision=revision))
        found = any_splits(dataset, splits, photos, config=config, revision=revision)
        return DatasetSource(str(dataset), found, splits, limit)
    if photos is not None or revision is not None:
        raise ArgumentError("`photos` and `dataset_revision` are for an export or a Hub id; a release has photos/")
    return ReleaseSource(Release(dataset or sample_folder()), str(dataset or "sample"), config, splits, limit)


def _rows_source(rows: Any, limit: int | None) -> Source:
    import datasets

    if not isinstance(rows, datasets.Dataset):
        return StreamSource(rows, limit)
    split = str(rows.split or "all")
    found = ExportedSplit("rows", None, len(rows), tuple(skipped_images(rows)), rows)
    source = DatasetSource("rows", [found], None, limit)
    source.described["split"] = split
    return source


class Source(ABC):
    """Rows and where they come from.

    Attributes:
        ids: of the images.
        described: id, revision and split, for the results; `skips_known` False: nobody says which images the
            dataset's maker skipped.
        skipped: image -> why it is not among the rows.
    """

    ids: list[str]
    described: dict[str, Any]
    skipped: dict[str, str]

    @abstractmethod
    def readers(self) -> Iterable[Reader]:
        """One for each image."""

    @abstractmethod
    def texts(self, index: int) -> Row:
        """A row whose photo nobody reads."""

    @abstractmethod
    def dataset(self) -> Any:
        """The rows of the only split as a `datasets.Dataset`, with their photos: what `dci train` reads."""

    @abstractmethod
    def facts(self, image_id: str) -> Any:
        """What slices need to know of an image's regions, see `results.region_facts`."""

    @abstractmethod
    def identity(self) -> Any:
        """Changes whenever the rows change."""

    def cache(self, encoder: Encoder, run: dict[str, Any]) -> WindowCache | None:
        """The cache of this very run: another model, data, task or batch size has another one.

        None for rows that are read once: nobody knows whether they are those of another run.
        """
        if self.identity() is None:
            return None
        from huggingface_hub.constants import HF_HOME

        identity = {
            "model": encoder.weights_hash,
            "dtype": encoder.dtype,
            "device": encoder.device.type,
            "context": encoder.context,
            "image_processor": str(encoder.preprocessor.image_processor),
            "data": self.identity(),
            "images": self.ids,
            "versions": [version(package) for package in ("dcikit", "torch", "transformers", "pillow")],
            **run,
        }
        return WindowCache(Path(HF_HOME) / "dci" / "embeddings", identity)


class ReleaseSource(Source):
    """A release folder. `load_dataset` would list and hash all its files before the first row."""

    def __init__(
        self, release: Release, name: str, config: str, splits: Sequence[str] | None, limit: int | None
    ) -> None:
        from dcikit.data.configs import reads_summaries

        chosen = splits or [split for split, names in release.splits.items() if names]
        self.release = release
        self.config = config
        self.summaries = any(reads_summaries(release, part) for part in config.split("+"))  # `DCI_AND_SDCI`
        self.names = [name for split in chosen for name in release.names(split)][:limit]
        self.ids = [name.removesuffix("-data.json") for name in self.names]
        self.described = {"id": name, "revision": release.revision, "split": "+".join(splits or ["all"])}
        self.skipped = {}

    def facts(self, image_id: str) -> Any:
        return release_facts(self.release)(image_id)

    def dataset(self) -> Any:
        from dcikit.data.attach import attach_photos
        from dcikit.data.builder import Dci

        folder, split = str(self.release.folder), self.described["split"]
        builder = Dci(config_name=self.config, data_dir=folder, photos=False)
        builder.download_and_prepare()
        rows = builder.as_dataset(split)
        return attach_photos(rows.select(range(len(self.names))), folder)

    def readers(self) -> list[Reader]:
        return [partial(_read, self.release, name, self.config, self.summaries, True) for name in self.names]

    def texts(self, index: int) -> Row:
        return _read(self.release, self.names[index], self.config, self.summaries, False)

    def identity(self) -> str:
        return self.release.fingerprint(summaries=self.summaries, photos=True)


class DatasetSource(Source):
    """An export, or another dataset with the same columns, in a folder or on the Hub."""

    def __init__(
        self, name: str, exported: list[ExportedSplit], splits: Sequence[str] | None, limit: int | None
    ) -> None:
        self.datasets = [each.dataset.with_format("arrow") for each in exported]  # nothing is decoded
        self.places = [(place, row) for place, each in enumerate(exported) for row in range(each.images)][:limit]
        ids = [list(each.dataset["image_id"]) for each in exported]
        self.ids = [ids[place][row] for place, row in self.places]
        self.described = {
            "id": name,
            "revision": exported[0].revision,
            "split": "+".join(splits or ["all"]),
            "skips_known": exported[0].skips_known,
        }
        self.skipped = {image: "skipped by the export" for each in exported for image in each.skipped}

    def facts(self, image_id: str) -> Any:
        from dcikit.results.region_facts import region_facts

        return region_facts(self.texts(self.ids.index(image_id)))

    def dataset(self) -> Any:
        [rows] = self.datasets
        return rows.with_format(None).select(range(len(self.places)))

    def readers(self) -> list[Reader]:
        return [partial(_row, self.datasets[place], row) for place, row in self.places]

    def texts(self, index: int) -> Row:
        place, row = self.places[index]
        return _row(self.datasets[place], row)

    def identity(self) -> list[str]:
        return [dataset._fingerprint for dataset in self.datasets]


class JoinedSource(Source):
    """The columns of config `dci` beside the rows of config `sdci`, of one dataset.

    Raises:
        ArgumentError: if an image is in config `sdci` alone.
    """

    def __init__(self, scored: Source, masks: Source) -> None:
        places = {image_id: place for place, image_id in enumerate(masks.ids)}
        if absent := [image_id for image_id in scored.ids if image_id not in places]:
            raise ArgumentError(
                f"`dataset` must have its images in both configs, image {absent[0]} is in sdci alone; export it again"
            )
        self.scored, self.masks = scored, masks
        self.places = [places[image_id] for image_id in scored.ids]
        self.ids, self.described, self.skipped = scored.ids, scored.described, scored.skipped

    def readers(self) -> list[Reader]:
        masks = list(self.masks.readers())
        return [partial(_joined, each, masks[at]) for each, at in zip(self.scored.readers(), self.places, strict=True)]

    def texts(self, index: int) -> Row:
        return {**self.masks.texts(self.places[index]), **self.scored.texts(index)}

    def dataset(self) -> Any:
        return self.scored.dataset()

    def facts(self, image_id: str) -> Any:
        return self.scored.facts(image_id)

    def identity(self) -> Any:
        return [self.scored.identity(), self.masks.identity()]


class PairsSource(Source):
    """The rows of a pair benchmark."""

    def __init__(self, rows: PairRows, limit: int | None) -> None:
        self.rows = rows
        count = min(limit or len(rows), len(rows))
        self.ids = [f"row {index}" for index in range(count)]
        self.described = rows.described
        self.skipped = {}

    def readers(self) -> list[Reader]:
        return self.rows.readers()[: len(self.ids)]

    def texts(self, index: int) -> Row:
        return self.rows[index]

    def facts(self, image_id: str) -> Any:
        return {}

    def dataset(self) -> Any:
        raise ArgumentError("`dataset` must be rows of DCI to train on, not a pair benchmark")

    def identity(self) -> Any:
        return [self.described, len(self.rows)] if self.described["revision"] else None


class StreamSource(Source):
    """Rows that are read once, one after another: none is held."""

    def __init__(self, rows: Iterable[Row], limit: int | None) -> None:
        self.rows = rows
        self.limit = limit
        self.ids = []
        self.described = {"id": "rows", "revision": None, "split": str(getattr(rows, "split", None) or "all")}
        self.skipped = dict.fromkeys(skipped_images(rows), "skipped by load_dataset")

    def readers(self) -> Iterator[Reader]:
        return row_readers(islice(dataset_rows(self.rows), self.limit))

    def texts(self, index: int) -> Row:
        raise ArgumentError("`dataset` must be a folder, a Hub id or a `datasets.Dataset` for what reads it twice")

    def facts(self, image_id: str) -> Any:
        return self.texts(0)

    def dataset(self) -> Any:
        return self.texts(0)

    def identity(self) -> None:
        return None


def _read(release: Release, name: str, config: str, summaries: bool, photo: bool) -> Row:
    from dcikit.data.configs import ROWS

    record = release.read(name, summaries=summaries, photo=photo)
    columns: dict[str, Any] = {}
    for part in config.split("+"):
        [row] = ROWS[part](record)
        columns |= row
    return columns


def _joined(scored: Reader, masks: Reader) -> Row:
    return {**masks(), **scored()}


def _row(dataset: Any, place: int) -> Row:
    return dataset[place].to_pylist()[0]
