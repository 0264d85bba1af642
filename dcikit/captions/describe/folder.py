"""A release without words -> the same release described, image by image; the same run goes on where it ended.

`annotations/` is written, and beside it `description/` keeps what `work_folder` says. An image is written when all of
it is described; until then its answers are in its journal, which asks nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.files.json_node import load_json
from dcikit.schema.errors import DataError
from dcikit.schema.regions import BASE, QUALITIES, mask_key

from ..dispatcher import Dispatcher
from ..generation_result import settings_hash
from ..journal import Journal
from ..run import Outcome, Run
from ..work_folder import Doc, WorkFolder, write_json
from .describer import Described, Describer
from .image import ImageDescription

STEP = "description"
"""The one step, as the report calls it."""

_IMAGES_AT_ONCE = 8
"""Each has its photo in memory."""

_REMEDY = "describe another folder, or give `overwrite` to replace them"


def describe(
    release: Release,
    describer: Describer,
    names: Sequence[str],
    *,
    client: Dispatcher,
    overwrite: bool = False,
    listen: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Describes every mask of the images `names`, and the images, and writes the texts to `annotations/`.

    Summaries and negatives of an image that is described anew are removed: they tell of the old texts.

    Args:
        release: with photos.
        describer: asks.
        names: annotation files, of `Release.names`.
        client: the way to the model.
        overwrite: replace texts that others, or other settings, made.
        listen: told after every image.

    Raises:
        DataError: a defect of the release, or texts that may not be replaced; nothing was asked yet.
        DciError: if another run is writing.
    """
    if not (release.folder / "annotations").is_dir():
        path = str(release.folder / "annotations")
        raise DataError(path, "", "the folder is missing", "`dci masks` makes it")
    settings = settings_hash(describer.identity)
    folder = WorkFolder(release, release.folder / STEP, release.folder / "annotations")
    run = Run(folder, (STEP,), settings, client, min(_IMAGES_AT_ONCE, client.concurrency), listen)
    with folder.lock():
        if not overwrite:
            for name in names:
                _check_replaceable(folder, name, settings)
        folder.add_settings(settings, describer.identity)
        return run.over(names, _Descriptions(folder, describer, client, settings, run.outcome).image)


def _check_replaceable(folder: WorkFolder, name: str, settings: str) -> None:
    path = folder.release.folder / "annotations" / name
    regions = folder.regions(name)
    if any(region[STEP]["settings"] != settings for region in regions.values()):
        raise DataError(
            str(path), "", f"was described under other settings, see {folder.work / 'settings.json'}", _REMEDY
        )
    if not regions and not folder.answers(name).is_file():
        record = folder.release.read(name, summaries=False, photo=False)
        texts = [record.short_caption, record.extra_caption]
        if any([*texts, *(mask.label or mask.caption for mask in record.masks)]):
            raise DataError(str(path), "", "holds texts that `dci describe` did not write", _REMEDY)


@dataclass
class _Descriptions:
    folder: WorkFolder
    describer: Describer
    client: Dispatcher
    settings: str
    outcome: Outcome

    async def image(self, name: str) -> None:
        """Describes an image that is not described under these settings yet."""
        known = self.folder.regions(name)
        self.outcome.regions += len(known)
        if known and all(region[STEP]["settings"] == self.settings for region in known.values()):
            self.outcome.skipped += len(known)
            self.folder.answers(name).unlink(missing_ok=True)
            return
        record = self.folder.release.read(name, summaries=False)
        self.outcome.regions += 1 + len(record.masks) - len(known)
        with Journal(self.folder.answers(name), self.client, self.settings) as journal:
            description = ImageDescription(self.describer, name, record, _pixels(record), journal, self.outcome)
            is_complete = await description.complete()
        if is_complete:
            self._write(name, record, description.regions)

    def _write(self, name: str, record: Record, regions: dict[str, Described]) -> None:
        root = self.folder.release.folder
        for made_of_old_texts in (root / "generation" / "regions" / name, root / "complete" / name):
            made_of_old_texts.unlink(missing_ok=True)
        path = root / "annotations" / name
        write_json(path, _with_texts(load_json(path).value, regions))
        notes = {}
        for key in (BASE, *(mask.key for mask in record.masks)):
            texts, result = regions[key].texts, regions[key].result
            kept = sum(bool(text) for field, text in texts.items() if field != "quality")
            notes[key] = {STEP: {"settings": self.settings, **result.notes(kept)}}
        self.folder.write_regions(name, notes)
        self.folder.answers(name).unlink()


def _pixels(record: Record) -> Image.Image:
    try:
        with opened_image(record.photo) as image:
            return rgb(image)
    except ImageError as error:
        raise DataError(record.file_name, "", str(error), "put the whole photo there") from None


def _with_texts(annotation: Doc, regions: dict[str, Described]) -> Doc:
    base = regions[BASE].texts
    masks = {}
    for key, mask in annotation["mask_data"].items():
        texts = regions[mask_key(str(mask["idx"]))].texts
        masks[key] = {
            **mask,
            "label": texts["label"],
            "caption": texts["caption"],
            "mask_quality": QUALITIES.index(texts["quality"]),
        }
    return {**annotation, "short_caption": base["short"], "extra_caption": base["long"], "mask_data": masks}
