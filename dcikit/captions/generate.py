"""A run over a release: every region of every image through the steps that it still needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dcikit.schema.errors import ArgumentError

from .complete_file import caption_list, document, released_summaries
from .dispatcher import Dispatcher
from .generation_result import STEPS, GenerationResult, Writer, settings_hash
from .journal import Journal
from .plan import Plan, caption_hash, check_output
from .request import ChatClient, GenerationStopped, RequestError
from .run import Outcome, Run
from .source import Source, sources
from .store import Store
from .work_folder import Doc

_MOST_IMAGES = 256
"""Each has a file open."""


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
        images_at_once: how many images are worked on at the same time, at most 256.
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
    run = Run(store, STEPS, plan.settings, client, min(images_at_once, _MOST_IMAGES), listen)
    with store.lock():
        check_output(store, names, plan)
        store.add_settings(plan.settings, writer.identity)
        return run.over(names, _Generation(store, writer, plan, client, run.outcome).image)


@dataclass
class _Generation:
    store: Store
    writer: Writer
    plan: Plan
    client: Dispatcher | None
    outcome: Outcome

    async def image(self, name: str) -> None:
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
                self.outcome.note_failure(error.kind)
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
        made_of = {"caption": caption_hash(caption)} if step == "negatives" else {}
        kept = len(result.captions) + sum(map(len, result.negatives.values()))
        return {"settings": self.plan.settings, **made_of, **result.notes(kept)}
