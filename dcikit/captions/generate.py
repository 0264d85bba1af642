"""A run over a release: every region of every image through the steps that it still needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dcikit.schema.errors import ArgumentError

from .dispatcher import Dispatcher
from .generation_result import STEPS, Writer, settings_hash
from .image import ImageResult, generate_image
from .journal import Journal
from .plan import Plan, check_output
from .run import Outcome, Run
from .store import Store
from .workers import Workers

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
    elsewhere: Workers | None = None,
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
        elsewhere: makes the texts of whole images in other processes; then `client` asks nothing.

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
        if elsewhere is None:
            return run.over(names, _Generation(store, writer, plan, client, run.outcome).image)
        results = elsewhere(partial(generate_image, store, writer, plan), names)
        there = _Generation(store, writer, plan, client, run.outcome, results)
        return replace(run, at_once=1).over(names, there.image)


@dataclass
class _Generation:
    store: Store
    writer: Writer
    plan: Plan
    client: Dispatcher | None
    outcome: Outcome
    results: Iterator[ImageResult] | None = None
    """Of all images, in their order; None: they are made here."""

    async def image(self, name: str) -> None:
        """Takes an image through its steps; writes it if that made anything new."""
        if self.results is None:
            with Journal(self.store.answers(name), self.client, self.plan.settings) as journal:
                made = await generate_image(self.store, self.writer, self.plan, name, journal)
        else:
            made = next(self.results)
            self.store.answers(name).touch()
        self.outcome.add(regions=made.count, skipped=made.skipped, failed=made.failed, stopped=made.stopped)
        if made.document is not None:
            self.store.write(name, made.document, made.regions)
        if made.is_complete:
            self.store.answers(name).unlink()
