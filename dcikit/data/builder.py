"""The `datasets` builder: `load_dataset("dci", "sdci", data_dir=..., split="test")`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import datasets
import pyarrow as pa
from datasets.exceptions import DatasetGenerationError

from dcikit.schema.errors import ArgumentError, DataError, check_on_error
from dcikit.schema.paper import CITATION, HOMEPAGE
from dcikit.schema.skipped import describe_split, skipped_line
from dcikit.schema.splits import SPLITS

from .configs import ROWS, features_of, reads_summaries
from .record import Record
from .release import Release
from .sources.imported import read_source

logger = datasets.utils.logging.get_logger(__name__)

_IMAGES_PER_TABLE = 16  # photos of 1 to 2 MB each

_VERSION = datasets.Version("1.1.0")  # of the row schema

_DESCRIPTION = (
    "Densely Captioned Images: photographs with human captions of over 1,000 words, aligned to segmentation masks. "
    "Config `dci` has what the annotators wrote; config `sdci` has the same summarised to 77 CLIP tokens, and "
    "negatives."
)


@dataclass
class DciConfig(datasets.BuilderConfig):
    """Options of `load_dataset("dci", ...)`.

    Attributes:
        data_dir: the release folder, `densely_captioned_images/`.
        photos: False leaves `image`, and `crop` of config `regions`, null, for those who have no photos.
        on_error: `raise` stops at the first bad record; `skip` leaves such images out and says which.
    """

    version: datasets.Version = _VERSION
    photos: bool = True
    on_error: str = "raise"

    def release(self) -> Release:
        """The release folder.

        Raises:
            ArgumentError: if an option is wrong.
            DataError: if `data_dir` is not there.
        """
        check_on_error(self.on_error)
        if not self.data_dir:
            raise ArgumentError('`data_dir` must be the release folder: load_dataset("dci", data_dir="FOLDER")')
        return Release(self.data_dir)

    def create_config_id(self, config_kwargs: dict[str, Any], custom_features: datasets.Features | None = None) -> str:
        """The name of the cache: another one as soon as any file of the release changes."""
        release = self.release()
        fingerprint = release.fingerprint(summaries=reads_summaries(release, self.name), photos=self.photos)
        options = {"photos": self.photos, "on_error": self.on_error, "release": fingerprint}
        return super().create_config_id(options, custom_features)


class Dci(datasets.ArrowBasedBuilder):
    """Rows of a release folder, in the order of its splits: one an image, in config `regions` one a region."""

    BUILDER_CONFIG_CLASS = DciConfig
    BUILDER_CONFIGS = [  # noqa: RUF012
        DciConfig(name="dci", description="What the annotators wrote, with every mask."),
        DciConfig(name="sdci", description="Summaries within 77 CLIP tokens, and negatives, of the scored regions."),
        DciConfig(name="regions", description="Every region, one a row, with its crop."),
        DciConfig(name="iiw", description="ImageInWords' descriptions of test photos."),
    ]
    DEFAULT_CONFIG_NAME = "dci"

    def _info(self) -> datasets.DatasetInfo:
        release = self.config.release()
        features = features_of(release, self.config.name)
        source = read_source(release.folder)
        if source is not None:
            return datasets.DatasetInfo(
                description=f"{source['title']}, with the columns of Densely Captioned Images.",
                homepage=source["homepage"],
                license=source["licence"],
                features=features,
            )
        return datasets.DatasetInfo(
            description=_DESCRIPTION,
            citation=CITATION,
            homepage=HOMEPAGE,
            license="CC-BY-NC-4.0 (annotations); the photos are under the SA-1B licence",
            features=features,
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        release = self.config.release()
        self.info.description = self._info().description  # one from the cache may hold the lines that `_readable` adds
        generators = []
        for split, names in release.splits.items():
            if self.config.on_error == "skip":
                names = self._readable(release, split, names)
            if names:
                generators.append(datasets.SplitGenerator(name=split, gen_kwargs={"names": list(names)}))
        return generators

    def as_dataset(self, split: Any = None, **options: Any) -> Any:
        """Like every builder's, but a split that is absent or empty is an error that says so."""
        if split in SPLITS:
            self.config.release().names(split)
        return _describe(super().as_dataset(split, **options))

    def as_streaming_dataset(self, split: Any = None, base_path: str | None = None) -> Any:
        """Like every builder's, but a split that is absent or empty is an error that says so."""
        if split in SPLITS:
            self.config.release().names(split)
        return _describe(super().as_streaming_dataset(split, base_path))

    def _readable(self, release: Release, split: str, names: list[str]) -> list[str]:
        """The names without defects; the others are logged and stated in the dataset's description."""
        skipped = {}
        for name in datasets.utils.tqdm(names, desc=f"Checking {split}"):
            try:
                self._record(release, name)
            except DataError as error:
                logger.warning(f"Skipped: {error}")
                skipped[name] = name.removesuffix("-data.json")
        if skipped:
            self.info.description += "\n" + skipped_line(split, list(skipped.values()), len(names))
        return [name for name in names if name not in skipped]

    def _record(self, release: Release, name: str) -> Record:
        summaries = reads_summaries(release, self.config.name)
        return release.read(name, summaries=summaries, photo=self.config.photos)

    def _generate_tables(self, names: list[str]) -> Iterator[tuple[int, pa.Table]]:
        release = self.config.release()
        to_rows, schema = ROWS[self.config.name], features_of(release, self.config.name).arrow_schema
        for start in range(0, len(names), _IMAGES_PER_TABLE):
            try:
                records = (self._record(release, name) for name in names[start : start + _IMAGES_PER_TABLE])
                rows = [row for record in records for row in to_rows(record)]
            except DataError as error:
                raise DatasetGenerationError(str(error)) from error
            yield start, pa.Table.from_pylist(rows, schema=schema)


def _describe(loaded: Any) -> Any:
    """What was loaded, each dataset of it with the skipped images of its own splits."""
    datasets_ = loaded.values() if isinstance(loaded, dict) else loaded if isinstance(loaded, list) else [loaded]
    for dataset in datasets_:
        dataset.info.description = describe_split(dataset.info.description, str(dataset.split))
    return loaded
