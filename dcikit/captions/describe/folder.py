"""A release without words -> the same release described, image by image; the same run goes on where it ended.

`annotations/` is written, and beside it `description/` keeps what `work_folder` says. An image is written when all of
it is described; until then its answers are in its journal, which asks nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dcikit.data.release import Release
from dcikit.files.json_node import load_json
from dcikit.schema.errors import DataError
from dcikit.schema.regions import BASE, QUALITIES, mask_key

from ..dispatcher import Dispatcher
from ..generation_result import settings_hash
from ..journal import Journal
from ..run import Outcome, Run
from ..work_folder import Doc, WorkFolder, write_json
from ..workers import Workers
from .describer import Describer
from .image import ImageResult, Regions, describe_image

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
    elsewhere: Workers | None = None,
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
        elsewhere: describes whole images in other processes; then `client` asks nothing.

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
        if elsewhere is None:
            return run.over(names, _Descriptions(folder, describer, client, settings, run.outcome).image)
        left = [name for name in names if not _is_described(folder.regions(name), settings)]
        results = elsewhere(partial(describe_image, release, describer), left)
        there = _Descriptions(folder, describer, client, settings, run.outcome, results)
        return replace(run, at_once=1).over(names, there.image)


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


def _is_described(regions: Doc, settings: str) -> bool:
    return bool(regions) and all(region[STEP]["settings"] == settings for region in regions.values())


@dataclass
class _Descriptions:
    folder: WorkFolder
    describer: Describer
    client: Dispatcher
    settings: str
    outcome: Outcome
    results: Iterator[ImageResult] | None = None
    """Of the images that are left, in their order; None: they are described here."""

    async def image(self, name: str) -> None:
        """Describes an image that is not described under these settings yet."""
        known = self.folder.regions(name)
        if _is_described(known, self.settings):
            self.outcome.add(regions=len(known), skipped=len(known))
            self.folder.answers(name).unlink(missing_ok=True)
            return
        if self.results is None:
            with Journal(self.folder.answers(name), self.client, self.settings) as journal:
                result = await describe_image(self.folder.release, self.describer, name, journal)
        else:
            self.folder.answers(name).touch()
            result = next(self.results)
        self.outcome.add(regions=result.masks + 1, failed=result.failed, stopped=result.stopped)
        if result.is_complete:
            self._write(name, result.regions)

    def _write(self, name: str, regions: Regions) -> None:
        root = self.folder.release.folder
        for made_of_old_texts in (root / "generation" / "regions" / name, root / "complete" / name):
            made_of_old_texts.unlink(missing_ok=True)
        path = root / "annotations" / name
        write_json(path, _with_texts(load_json(path).value, regions))
        notes = {}
        for key, described in regions.items():
            kept = sum(bool(text) for field, text in described.texts.items() if field != "quality")
            notes[key] = {STEP: {"settings": self.settings, **described.result.notes(kept)}}
        self.folder.write_regions(name, notes)
        self.folder.answers(name).unlink()


def _with_texts(annotation: Doc, regions: Regions) -> Doc:
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
