"""What a training reads: split train of DCI, or captions of somebody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcikit.schema.errors import ArgumentError

from .source import Source, open_source


@dataclass(frozen=True)
class TrainingRows:
    """A `datasets.Dataset`, and why images are not in it -> how many."""

    dataset: Any
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingData:
    """What to train on.

    Attributes:
        dataset, photos, dataset_revision: see `dcikit.evaluate`; split train is trained on, validation chooses the
            best epoch, test is scored before and after.
        limit: only the first images.
        coco, localized_narratives: annotation files of somebody else to train on instead of split train; those of
            either have their images in `images`.
    """

    dataset: Any = None
    photos: Path | None = None
    dataset_revision: str | None = None
    limit: int | None = None
    coco: Sequence[Path] = ()
    localized_narratives: Sequence[Path] = ()
    images: Path | None = None

    @property
    def name(self) -> str | None:
        """What a model card calls captions that are not DCI's."""
        return ", ".join(path.name for path in self.coco or self.localized_narratives) or None

    def rows(self, config: str, negatives: bool) -> TrainingRows:
        """The rows to train on.

        Args:
            config: dci or sdci.
            negatives: whether the loss needs negatives of somebody else's captions; DCI has its own.

        Raises:
            ArgumentError: if there is no such data, or no split train.
        """
        others = [each for each in (self.coco, self.localized_narratives) if each]
        if len(others) != (self.images is not None):
            raise ArgumentError("`images` goes with one of `coco` and `localized_narratives`")
        if self.images is None:
            return TrainingRows(self.split(config, "train", self.limit).dataset())
        if config == "dci":
            raise ArgumentError("a recipe with objective dreamlip or long-clip needs DCI's own long captions")

        from dcikit.captions.rules import caption_negatives
        from dcikit.data.sources import coco_captions, localized_narratives

        read = coco_captions if self.coco else localized_narratives
        found = read(list(others[0]), self.images, caption_negatives if negatives else None)
        rows = found.dataset
        chosen = rows.select(range(min(self.limit, len(rows)))) if self.limit else rows
        return TrainingRows(chosen, dict(found.skipped))

    def split(self, config: str, split: str, limit: int | None = None) -> Source:
        """The rows of a split of DCI."""
        revision = self.dataset_revision
        return open_source(self.dataset, config, [split], photos=self.photos, revision=revision, limit=limit)
