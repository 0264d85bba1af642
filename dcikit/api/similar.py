"""The groups of `--grouping similar`: one more pass over the data, with another model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dcikit.encoders.models import load_encoder
from dcikit.engine.progress import Progress
from dcikit.engine.windows import Run
from dcikit.files.workers import loader_errors
from dcikit.schema.errors import ArgumentError
from dcikit.tasks.scm import Scm
from dcikit.tasks.scm.similar import similar_groups

from .source import Source


def with_similar_groups(task: Scm, source: Source, run: Run, device: Any, cache: bool, progress: Progress) -> Scm:
    """The task with its groups.

    Args:
        task: its grouping is not consecutive.
        source: its rows.
        run: how they are encoded.
        device: of the model that groups.
        cache: whether to keep its embeddings.
        progress: shows how far it is.

    Raises:
        ArgumentError: if the rows can be read only once.
    """
    if not source.ids:
        raise ArgumentError(
            f"`grouping` {task.grouping} reads `dataset` twice; give a folder, a Hub id or a `datasets.Dataset`"
        )
    encoder = load_encoder(task.similar_model, device=device)
    with loader_errors(), run.shown(progress, "Grouping", len(source.ids)) as shown:
        if cache:
            asked = {"task": {**task.protocol(), "groups": True}, "batch_size": run.batch_size, "skip": run.skip_errors}
            shown.cache = source.cache(encoder, asked)
        return replace(task, groups=similar_groups(task, source.readers(), encoder, shown))
