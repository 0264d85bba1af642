"""A run over a release: every region of every image through the steps that it still needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from dcikit.schema.errors import ArgumentError

from .complete_file import caption_list, document, released_summaries
from .dispatcher import Dispatcher
from .generation_result import STEPS, GenerationResult, Writer, settings_hash
from .journal import Journal
from .plan import Plan, caption_hash, check_output
from .report import summarize
from .request import ChatClient, GenerationStopped, RequestError
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
    writer: Writer,
    names: Sequence[str],
    *,
    steps: Sequence[str] = STEPS,
    client: Dispatcher | None = None,
    images_at_once: int = 1,
    overwrite: bool = False,
    listen: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Makes the summaries and negatives of the images `names` and writes them to `complete/`.

    Args:
        store: where to.
        writer: who makes them.
        names: annotation files, of `Release.names`.
        steps: those of `STEPS` to take; negatives alone need the summaries of `complete/`.
        client: the writer's way to a language model; None for rules.
        images_at_once: how many images are worked on at the same time.
        overwrite: replace what others, or other settings, made.
        listen: told after every image.

    Raises:
        DataError: a defect of the release, or of what `complete/` holds; nothing was asked yet.
        ArgumentError: if a step is unknown.
        DciError: if another run is writing.
    """
    unknown = set(steps) - set(STEPS)
    if unknown or not steps:
        raise ArgumentError(f"`steps` must be among {', '.join(STEPS)}, got {', '.join(sorted(unknown)) or 'none'}")
    plan = Plan([step for step in STEPS if step in steps], settings_hash(writer.identity), overwrite)
    run = _Run(store, writer, plan, client, listen)
    start, started = time.monotonic(), datetime.now(timezone.utc).isoformat(timespec="seconds")
    with store.lock():
        check_output(store, names, plan)
        store.add_settings(plan.settings, writer.identity)
        try:
            asyncio.run(run.images(iter(names), images_at_once))
        finally:
            run.outcome.report = summarize(store)
            write_json(store.work / "report.json", run.outcome.report, indent=1)
            store.add_run(run.log(time.monotonic() - start, started))
    return run.outcome


@dataclass
class _Run:
    store: Store
    writer: Writer
    plan: Plan
    client: Dispatcher | None
    listen: Callable[[Outcome], None]
    outcome: Outcome = field(default_factory=Outcome)

    def log(self, seconds: float, started: str) -> Doc:
        """What generation/runs.jsonl says of a run; unlike the report it depends on when and how often it ran."""
        counts = {"counts": dict(self.client.counts), "errors": dict(self.client.errors)} if self.client else {}
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
            if self.client is not None:
                await self.client.close()

    async def _image(self, name: str) -> None:
        """Takes an image through its steps; writes it if that made anything new."""
        store, record = self.store, self.store.release.read(name, summaries=False, photo=False)
        found, known, old = sources(record, name), store.regions(name), store.old(name)
        if not old and "summaries" not in self.plan.steps:
            old = released_summaries(store.release, name)
        self.outcome.regions += len(found)
        with Journal(store.answers(name), self.client, self.plan.settings) as journal:
            done = await asyncio.gather(*(self._region(source, known, old, journal) for source in found))
        regions = {source.key: notes for source, (notes, _) in zip(found, done, strict=True) if notes}
        if regions != known:
            texts = {source.key: text for source, (_, text) in zip(found, done, strict=True)}
            store.write(name, document(store.annotation(name), old, texts, self.plan), regions)
        steps = self.plan.steps
        if all(step in regions.get(source.key, {}) for source in found for step in steps):
            store.answers(name).unlink()

    async def _region(self, source: Source, known: Doc, old: Doc, client: ChatClient) -> tuple[Doc, Doc]:
        """What is then known of a region, and its texts, both by step."""
        notes: Doc = dict(known.get(source.key, {}))
        texts: Doc = {step: old.get(step, {}).get(source.key) for step in STEPS}
        texts["summaries"] = caption_list(texts["summaries"])
        for step in self.plan.steps:
            caption = texts["summaries"][0] if texts["summaries"] else ""
            if self.plan.is_done(step, notes, caption):
                self.outcome.skipped += 1
                continue
            try:
                result = await self._result(step, source, texts["summaries"], client)
            except RequestError as error:
                self.outcome.failed[error.kind] = self.outcome.failed.get(error.kind, 0) + 1
                break
            except GenerationStopped as reason:
                self.outcome.stopped = str(reason)
                break
            notes[step] = self._notes(step, result, caption)
            texts[step] = result.captions if step == "summaries" else result.negatives
            if step == "summaries" and texts["summaries"][:1] != [caption]:
                notes.pop("negatives", None)
                texts["negatives"] = None
        return notes, texts

    async def _result(self, step: str, source: Source, captions: list[str], client: ChatClient) -> GenerationResult:
        if step == "summaries":
            return await self.writer.summaries(source, client)
        return await self.writer.negatives(source, captions, client)

    def _notes(self, step: str, result: GenerationResult, caption: str) -> Doc:
        notes: Doc = {"settings": self.plan.settings}
        if step == "negatives":
            notes["caption"] = caption_hash(caption)
        kept = len(result.captions) + sum(map(len, result.negatives.values()))
        return notes | {
            "kept": kept,
            "answers": result.requests,
            "refused": dict(sorted(result.refused.items())),
            "missing": result.missing,
        }
