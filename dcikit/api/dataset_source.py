"""What `dci eval` reads: rows straight from a release, or those of an export or of the Hub."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .release_facts import release_facts

if TYPE_CHECKING:
    from dcikit.data.release import Release
    from dcikit.encoders.encoder import Encoder
    from dcikit.engine.cache import WindowCache
    from dcikit.hub.rows import ExportedSplit

Row = Mapping[str, Any]
Reader = Callable[[], Row]


def open_data(
    data: str | None, photos: Path | None, config: str, splits: list[str] | None, limit: int | None
) -> EvalData:
    """The rows of some splits.

    Args:
        data: a release folder, an export, or a Hub id; None: the drawn sample.
        photos: the photos of an export.
        config: dci or sdci.
        splits: None: all of them.
        limit: only the first images.

    Raises:
        ValueError: if there is no such data, or a split of it is absent or empty.
    """
    from dcikit.data.release import Release
    from dcikit.data.sample import sample_folder

    if data is not None:
        from dcikit.hub.rows import exported_split, is_exported

        if is_exported(data):
            chosen = [
                exported_split(data, split, photos, config=config)
                for split in splits or ["train", "validation", "test"]
            ]
            return ExportData(data, chosen, splits, limit)
    if photos is not None:
        raise ValueError("`--photos` is for an export or a Hub id; a release folder has its own photos/")
    return ReleaseData(Release(data or sample_folder()), data or "sample", config, splits, limit)


class EvalData(ABC):
    """Rows and where they come from.

    Attributes:
        ids: of the images.
        described: id, revision and split, for the results.
        left_out: image -> why it is not among the rows.
    """

    ids: list[str]
    described: dict[str, Any]
    left_out: dict[str, str]

    @abstractmethod
    def readers(self) -> list[Reader]:
        """One for each image."""

    @abstractmethod
    def texts(self, at: int) -> Row:
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

    def cache(self, encoder: Encoder, run: dict[str, Any]) -> WindowCache:
        """The cache of this very run: another model, data, task or batch size has another one."""
        from huggingface_hub.constants import HF_HOME

        from dcikit.engine.cache import WindowCache

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


class ReleaseData(EvalData):
    """A release folder. `load_dataset` would list and hash all its files before the first row."""

    def __init__(self, release: Release, name: str, config: str, splits: list[str] | None, limit: int | None) -> None:
        chosen = splits or [split for split, names in release.splits.items() if names]
        self.release = release
        self.summaries = config == "sdci"
        self.names = [name for split in chosen for name in release.names(split)][:limit]
        self.ids = [name.removesuffix("-data.json") for name in self.names]
        self.described = {"id": name, "revision": release.revision, "split": "+".join(splits or ["all"])}
        self.left_out = {}

    def facts(self, image_id: str) -> Any:
        return release_facts(self.release)(image_id)

    def dataset(self) -> Any:
        from dcikit.data.attach import attach_photos
        from dcikit.data.builder import Dci

        folder, config = str(self.release.folder), "sdci" if self.summaries else "dci"
        split = self.described["split"]
        builder = Dci(config_name=config, data_dir=folder, photos=False)
        builder.download_and_prepare()
        rows = builder.as_dataset(split)
        return attach_photos(rows.select(range(len(self.names))), folder)

    def readers(self) -> list[Reader]:
        return [partial(_read, self.release, name, self.summaries, True) for name in self.names]

    def texts(self, at: int) -> Row:
        return _read(self.release, self.names[at], self.summaries, False)

    def identity(self) -> str:
        return self.release.fingerprint(summaries=self.summaries, photos=True)


class ExportData(EvalData):
    """An export in a folder, or on the Hub."""

    def __init__(self, name: str, exported: list[ExportedSplit], splits: list[str] | None, limit: int | None) -> None:
        self.datasets = [each.dataset.with_format("arrow") for each in exported]  # nothing is decoded
        self.places = [(place, row) for place, each in enumerate(exported) for row in range(each.images)][:limit]
        ids = [list(each.dataset["image_id"]) for each in exported]
        self.ids = [ids[place][row] for place, row in self.places]
        self.described = {"id": name, "revision": exported[0].revision, "split": "+".join(splits or ["all"])}
        self.left_out = {image: "left out by the export" for each in exported for image in each.left_out}

    def facts(self, image_id: str) -> Any:
        from dcikit.results.region_facts import region_facts

        return region_facts(self.texts(self.ids.index(image_id)))

    def dataset(self) -> Any:
        [rows] = self.datasets
        return rows.with_format(None).select(range(len(self.places)))

    def readers(self) -> list[Reader]:
        return [partial(_row, self.datasets[place], row) for place, row in self.places]

    def texts(self, at: int) -> Row:
        place, row = self.places[at]
        return _row(self.datasets[place], row)

    def identity(self) -> list[str]:
        return [dataset._fingerprint for dataset in self.datasets]


def blank(reader: Reader) -> Row:
    """The row of a reader, with a grey photo."""
    from dcikit.tasks.scm.blind import without_photo

    return without_photo(reader())


def _read(release: Release, name: str, summaries: bool, photo: bool) -> Row:
    from dcikit.data.rows import dci_row, sdci_row

    record = release.read(name, summaries=summaries, photo=photo)
    return sdci_row(record) if summaries else dci_row(record)


def _row(dataset: Any, place: int) -> Row:
    return dataset[place].to_pylist()[0]
