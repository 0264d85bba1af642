"""A folder of photos -> a release with masks, descriptions and sDCI, step by step; the same call goes on."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dcikit.captions import (
    Limits,
    Outcome,
    PromptedWriter,
    Rules,
    Store,
    Tokens,
    clip_tokenizer,
    generate,
    load_prompts,
)
from dcikit.captions.describe import Describer, describe, description_prompts
from dcikit.data.release import Release
from dcikit.data.split_photos import split_photos
from dcikit.data.verify import Report, verify
from dcikit.engine.progress import Progress, silent
from dcikit.engine.ray_map import ray_map
from dcikit.files.whole_file import write_whole
from dcikit.masks.folder import write_release
from dcikit.masks.photos import find_photos
from dcikit.masks.proposals import ProposeSettings
from dcikit.masks.sources import MaskSource, masks_of_model, masks_of_tool

from .build_settings import RULES, BuildRecord, BuildSettings
from .language_model import LanguageModel
from .quality import ReleaseQuality

QUALITY = "quality.json"
"""The findings of the step caption-quality."""


@dataclass
class Step:
    """What a step did.

    Attributes:
        name: the command that does the same alone; "splits" has none.
        told: its counts, in words.
        problems: what the user should see, a line each.
        is_complete: whether the next step can follow; if not, the same build goes on later.
        seconds: it took.
    """

    name: str
    told: str
    problems: list[str] = field(default_factory=list)
    is_complete: bool = True
    seconds: float = 0.0


def build(
    settings: BuildSettings,
    folder: Path,
    *,
    asking: LanguageModel | None = None,
    device: str | None = None,
    on_cluster: bool = False,
    progress: Progress = silent,
) -> Iterator[Step]:
    """Builds a release folder. What is there already is not done again.

    Args:
        settings: what the data depends on.
        folder: new, or of a build with the same settings.
        asking: how language models are asked: key, concurrency, retries, budget (of each of the two steps). Its name,
            URL, revision and temperature are those of the settings.
        device: of the models here; None: the GPU if there is one.
        on_cluster: masks and words are made by the workers of Ray, which all see the folders; the files are the same.
        progress: shows how far a step is.

    Yields:
        Each step when it is done; the last one is complete, or says what is missing.

    Raises:
        DciError: if a step cannot begin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = _Build(
        folder,
        BuildRecord(folder, settings),
        asking or LanguageModel(""),
        settings.photos,
        settings.llm,
        device,
        on_cluster,
        progress,
    )
    for step in (
        steps.masks,
        steps.splits,
        steps.describe,
        steps.generate,
        steps.score_negatives,
        steps.caption_quality,
        steps.verify,
    ):
        start = time.monotonic()
        done = step()
        yield replace(done, seconds=time.monotonic() - start)
        if not done.is_complete:
            break


@dataclass
class _Build:
    folder: Path
    record: BuildRecord
    asking: LanguageModel
    photos: str
    url: str
    device: str | None
    on_cluster: bool
    progress: Progress

    def __post_init__(self) -> None:
        self.tokens = Tokens(clip_tokenizer())

    @property
    def settings(self) -> BuildSettings:
        return self.record.settings

    def _release(self) -> tuple[Release, list[str]]:
        release = Release(self.folder)
        return release, release.all_names

    def masks(self) -> Step:
        settings = self.settings
        paths, others = find_photos(self.photos)
        source = self._mask_source()
        self.record.pin("masks_revision", source.settings.get("revision"))
        counts, problems = Counter[str](), []
        with self.progress("Proposing masks", len(paths)) as count:
            apply = ray_map if self.on_cluster else map
            for result in write_release(paths, self.folder, source, min_area=settings.min_area, apply=apply):
                count(1)
                counts["masks"] += result.masks or 0
                counts["before"] += not result.skipped and result.masks is None
                counts["skipped"] += bool(result.skipped)
                problems += [f"skipped: {result.skipped}"] if result.skipped else []
                problems += [f"{result.name}: {note}" for note in result.notes]
        problems += [f"{len(others):,} other files and folders are no photos"] if others else []
        photos = f"{len(paths):,} photos, {counts['before']:,} done before, {counts['skipped']:,} skipped"
        return Step("masks", f"{photos}; {counts['masks']:,} new masks", problems)

    def _mask_source(self) -> MaskSource:
        settings = self.settings
        if settings.masks_from:
            return masks_of_tool(Path(settings.masks_from))
        asked = ProposeSettings(
            points_per_side=settings.points_per_side,
            edges=settings.edges,
            pred_iou_threshold=settings.pred_iou_threshold,
            stability_threshold=settings.stability_threshold,
            seed=settings.seed,
        )
        return masks_of_model(settings.masks_model, asked, self.device, settings.masks_revision or None)

    def splits(self) -> Step:
        settings = self.settings
        made = split_photos(self._release()[0], settings.shares, similar=settings.similar_bits, seed=settings.seed)
        sizes = ", ".join(f"{count:,} {split}" for split, count in made.sizes.items())
        return Step("splits", f"{sizes}; {made.similar:,} photos are near-duplicates and stay together")

    def describe(self) -> Step:
        settings, (release, names) = self.settings, self._release()
        model = self._model(settings.llm_model, settings.llm_revision)
        client = model.client(sees=True)
        self.record.pin("llm_revision", client.model.identity.get("revision"))
        describer = Describer(
            client.model.identity,
            description_prompts(),
            crops=settings.crops,
            seed=settings.seed,
            attempts=settings.attempts,
        )
        with self.progress("Describing", len(names)) as count:
            outcome = describe(
                release,
                describer,
                names,
                client=client,
                listen=lambda _: count(1),
                elsewhere=model.workers(client, sees=True) if self.on_cluster else None,
            )
        return _told("describe", outcome)

    def generate(self) -> Step:
        settings, (release, names) = self.settings, self._release()
        writer: Any = Rules(self.tokens, seed=settings.seed)
        client, elsewhere = None, None
        if settings.generate_model != RULES:
            own = settings.generate_model
            revision = settings.generate_revision if own else settings.llm_revision
            model = self._model(own or settings.llm_model, revision)
            client = model.client(sees=not own)
            elsewhere = model.workers(client, sees=not own) if self.on_cluster else None
            if own:
                self.record.pin("generate_revision", client.model.identity.get("revision"))
            limits = Limits(attempts=settings.attempts)
            writer = PromptedWriter(
                client.model.identity, load_prompts(), self.tokens, limits=limits, seed=settings.seed
            )
        with self.progress("Generating", len(names)) as count:
            outcome = generate(
                Store(release),
                writer,
                names,
                client=client,
                images_at_once=client.concurrency if client else 1,
                listen=lambda _: count(1),
                elsewhere=elsewhere,
            )
        return _told("generate", outcome)

    def score_negatives(self) -> Step:
        from .score_negatives import score_release

        settings, (release, names) = self.settings, self._release()
        counts, revision = score_release(
            release,
            names,
            settings.clip_model,
            revision=settings.clip_revision or None,
            device=self.device,
            progress=self.progress,
        )
        self.record.pin("clip_revision", revision)
        return Step("score-negatives", f"{counts.scored + counts.before:,} regions, {counts.before:,} done before")

    def caption_quality(self) -> Step:
        release, names = self._release()
        quality = ReleaseQuality(self.tokens)
        with self.progress("Checking", len(names)) as count:
            for name in names:
                quality.add(release.read(name, summaries=True))
                count(1)
        document = quality.document()
        write_whole(self.folder / QUALITY, json.dumps(document, indent=1).encode())
        found = ", ".join(f"{count:,} with {kind}" for kind, count in document["regions_with"].items() if count)
        return Step("caption-quality", f"{document['regions']:,} regions: {found or 'nothing found'}; see {QUALITY}")

    def verify(self) -> Step:
        release, names = self._release()
        report = Report()
        with self.progress("Verifying", len(names)) as count:
            for part in verify(release):
                report.add(part)
                count(1)
        defects = [str(defect) for defect in report.defects]
        counts = report.counts
        told = f"{counts['images']:,} images, {counts['masks']:,} masks, {counts['regions']:,} regions"
        return Step("verify", f"{told}; {len(defects):,} defects", defects, is_complete=not defects)

    def _model(self, name: str, revision: str) -> LanguageModel:
        url, temperature = self.url or None, self.settings.temperature
        return replace(self.asking, name=name, url=url, revision=revision or None, temperature=temperature)


def _told(name: str, outcome: Outcome) -> Step:
    """What a step with a language model did."""
    steps = outcome.report["steps"].values()
    kept, answers = (sum(step[key] for step in steps) for key in ("kept", "answers"))
    refused, missing = (sum(sum(step[key].values()) for step in steps) for key in ("refused", "missing"))
    told = f"{outcome.images:,} images, {outcome.regions:,} regions; {kept:,} texts of {answers:,} answers"
    told += f", {refused:,} refused, {missing:,} not made"
    problems = [f"{count:,} got no answer: {reason}" for reason, count in sorted(outcome.failed.items())]
    problems += [f"stopped: {outcome.stopped}"] if outcome.stopped else []
    return Step(name, told, problems, outcome.is_complete)
