"""The captions and negatives of one image: every region through the steps that it still needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .complete_file import caption_list, document, released_summaries
from .generation_result import STEPS, GenerationResult, Writer
from .plan import Plan, caption_hash
from .request import ChatClient, GenerationStopped, RequestError
from .source import Source, sources
from .store import Store
from .work_folder import Doc


@dataclass
class ImageResult:
    """What became of an image.

    Attributes:
        count: how many regions it has.
        regions: what is then known of them, as in `WorkFolder.regions`.
        document: what `complete/` shall hold of it; None: what it holds.
        skipped: steps of regions that were done already.
        failed: why requests got no answer.
        stopped: why nothing more was asked; empty if nothing is in the way.
        is_complete: whether all its regions have taken all steps.
    """

    count: int
    regions: Doc = field(default_factory=dict)
    document: Doc | None = None
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    stopped: str = ""
    is_complete: bool = False


async def generate_image(store: Store, writer: Writer, plan: Plan, name: str, client: ChatClient) -> ImageResult:
    """Takes an image through its steps. Nothing is written.

    Raises:
        DataError: a defect of the image.
    """
    record = store.release.read(name, summaries=False, photo=False)
    found, known, old = sources(record, name), store.regions(name), store.old(name)
    if not old and "summaries" not in plan.steps:
        old = released_summaries(store.release, name)
    image = _Image(writer, plan, client, known, old, ImageResult(len(found)))
    done = await asyncio.gather(*map(image.region, found))
    result = image.result
    result.regions = {source.key: notes for source, (notes, _) in zip(found, done, strict=True) if notes}
    if result.regions != known:
        texts = {source.key: text for source, (_, text) in zip(found, done, strict=True)}
        result.document = document(store.annotation(name), old, texts, plan)
    result.is_complete = all(step in result.regions.get(source.key, {}) for source in found for step in plan.steps)
    return result


@dataclass
class _Image:
    writer: Writer
    plan: Plan
    client: ChatClient
    known: Doc
    old: Doc
    result: ImageResult

    async def region(self, source: Source) -> tuple[Doc, Doc]:
        """What is then known of a region, and its texts, both by step."""
        notes: Doc = dict(self.known.get(source.key, {}))
        texts: Doc = {step: self.old.get(step, {}).get(source.key) for step in STEPS}
        texts["summaries"] = caption_list(texts["summaries"])
        for step in self.plan.steps:
            caption = texts["summaries"][0] if texts["summaries"] else ""
            if self.plan.is_done(step, notes, caption):
                self.result.skipped += 1
                continue
            try:
                result = await self._result(step, source, texts["summaries"])
            except RequestError as error:
                self.result.failed.append(error.kind)
                break
            except GenerationStopped as reason:
                self.result.stopped = str(reason)
                break
            notes[step] = self._notes(step, result, caption)
            texts[step] = result.captions if step == "summaries" else result.negatives
            if step == "summaries" and texts["summaries"][:1] != [caption]:
                notes.pop("negatives", None)
                texts["negatives"] = None
        return notes, texts

    async def _result(self, step: str, source: Source, captions: list[str]) -> GenerationResult:
        if step == "summaries":
            return await self.writer.summaries(source, self.client)
        return await self.writer.negatives(source, captions, self.client)

    def _notes(self, step: str, result: GenerationResult, caption: str) -> Doc:
        made_of = {"caption": caption_hash(caption)} if step == "negatives" else {}
        kept = len(result.captions) + sum(map(len, result.negatives.values()))
        return {"settings": self.plan.settings, **made_of, **result.notes(kept)}
