"""A run over a release: every region of every image through the steps that it still needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .complete_file import document, given_summaries, listed
from .dispatcher import Dispatcher
from .generation_result import STEPS, Made, Maker, Questions, settings_hash
from .journal import Journal
from .plan import Plan, caption_hash, check_output
from .report import summarize
from .request import EngineError, Stopped
from .source import Source, sources
from .store import Doc, Store, write_json


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        images, regions: walked over, those that were done already included.
        skipped: region-steps that were done already.
        failed: region-steps that got no answer, by reason; another run tries them again.
        stopped: why the run ended early; empty if it did not.
        report: all runs of the folder added up, as in generation/report.json.
    """

    images: int = 0
    regions: int = 0
    skipped: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    stopped: str = ""
    report: Doc = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.stopped and not self.failed


def generate(
    store: Store,
    maker: Maker,
    names: Sequence[str],
    *,
    steps: Sequence[str] = STEPS,
    model: Dispatcher | None = None,
    images_at_once: int = 1,
    overwrite: bool = False,
    listen: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Makes the summaries and negatives of the images `names` and writes them to `complete/`.

    Args:
        store: where to.
        maker: who makes them.
        names: annotation files, of `Release.names`.
        steps: those of `STEPS` to take; negatives alone need the summaries of `complete/`.
        model: who answers the maker's questions; None for rules.
        images_at_once: how many images are worked on at the same time.
        overwrite: replace what others, or other settings, made.
        listen: told after every image.

    Raises:
        DataError: a defect of the release, or of what `complete/` holds; nothing was asked yet.
        ValueError: if a step is unknown, or another run is writing.
    """
    unknown = set(steps) - set(STEPS)
    if unknown or not steps:
        raise ValueError(f"`steps` must be among {', '.join(STEPS)}, got {', '.join(sorted(unknown)) or 'none'}")
    plan = Plan([step for step in STEPS if step in steps], settings_hash(maker.identity), overwrite)
    run = _Run(store, maker, plan, model, listen)
    start, started = time.monotonic(), datetime.now(timezone.utc).isoformat(timespec="seconds")
    with store.lock():
        check_output(store, names, plan)
        store.add_settings(plan.settings, maker.identity)
        try:
            asyncio.run(run.images(iter(names), images_at_once))
        finally:
            run.outcome.report = summarize(store)
            write_json(store.work / "report.json", run.outcome.report, store.work, indent=1)
            store.add_run(run.log(time.monotonic() - start, started))
    return run.outcome


@dataclass
class _Run:
    store: Store
    maker: Maker
    plan: Plan
    model: Dispatcher | None
    listen: Callable[[Outcome], None]
    outcome: Outcome = field(default_factory=Outcome)

    def log(self, seconds: float, started: str) -> Doc:
        """What generation/runs.jsonl says of a run; unlike the report it depends on when and how often it ran."""
        counts = {"counts": dict(self.model.counts), "errors": dict(self.model.errors)} if self.model else {}
        done = {"images": self.outcome.images, "failed": self.outcome.failed, "stopped": self.outcome.stopped}
        return {"started": started, "seconds": round(seconds, 3), "settings": self.plan.settings, **done, **counts}

    async def images(self, names: Iterator[str], at_once: int) -> None:
        async def work() -> None:
            for name in names:
                if self.outcome.stopped:
                    break
                await self._image(name)
                self.outcome.images += 1
                self.listen(self.outcome)

        workers = [asyncio.ensure_future(work()) for _ in range(at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            if self.model is not None:
                await self.model.close()

    async def _image(self, name: str) -> None:
        """Takes an image through its steps; writes it if that made anything new."""
        store, record = self.store, self.store.release.read(name, summaries=False, photo=False)
        found, known, old = sources(record, name), store.regions(name), store.old(name)
        if not old and "summaries" not in self.plan.steps:
            old = given_summaries(store.release, name)
        self.outcome.regions += len(found)
        with ExitStack() as stack:
            questions = stack.enter_context(Journal(store.answers(name), self.model, self.plan.settings))
            made = await asyncio.gather(*(self._region(source, known, old, questions) for source in found))
        regions = {source.key: notes for source, (notes, _) in zip(found, made, strict=True) if notes}
        if regions != known:
            texts = {source.key: text for source, (_, text) in zip(found, made, strict=True)}
            store.write(name, document(store.annotation(name), old, texts, self.plan), regions)
        steps = self.plan.steps
        if all(step in regions.get(source.key, {}) for source in found for step in steps):
            store.answers(name).unlink()

    async def _region(self, source: Source, known: Doc, old: Doc, questions: Questions) -> tuple[Doc, Doc]:
        """What is then known of a region, and its texts, both by step."""
        notes: Doc = dict(known.get(source.key, {}))
        texts: Doc = {step: old.get(step, {}).get(source.key) for step in STEPS}
        texts["summaries"] = listed(texts["summaries"])
        for step in self.plan.steps:
            caption = texts["summaries"][0] if texts["summaries"] else ""
            if self.plan.is_done(step, notes, caption):
                self.outcome.skipped += 1
                continue
            try:
                made = await self._make(step, source, texts["summaries"], questions)
            except EngineError as error:
                self.outcome.failed[error.kind] = self.outcome.failed.get(error.kind, 0) + 1
                break
            except Stopped as reason:
                self.outcome.stopped = str(reason)
                break
            notes[step] = self._notes(step, made, caption)
            texts[step] = made.captions if step == "summaries" else made.negatives
            if step == "summaries" and texts["summaries"][:1] != [caption]:
                notes.pop("negatives", None)
                texts["negatives"] = None
        return notes, texts

    async def _make(self, step: str, source: Source, captions: list[str], questions: Questions) -> Made:
        if step == "summaries":
            return await self.maker.summaries(source, questions)
        return await self.maker.negatives(source, captions, questions)

    def _notes(self, step: str, made: Made, caption: str) -> Doc:
        notes: Doc = {"settings": self.plan.settings}
        if step == "negatives":
            notes["caption"] = caption_hash(caption)
        kept = len(made.captions) + sum(map(len, made.negatives.values()))
        return notes | {
            "kept": kept,
            "answers": made.requests,
            "refused": dict(sorted(made.refused.items())),
            "missing": made.missing,
        }
