"""`dcikit.evaluate_benchmarks`: a model on every pair benchmark that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcikit.schema.errors import ArgumentError, DataError, DciError, NothingToScoreError
from dcikit.schema.results import Results
from dcikit.tasks.pairs import BENCHMARKS

from .evaluate import evaluate, open_encoder

_UNREAD = (ArgumentError, DataError, NothingToScoreError)


def evaluate_benchmarks(
    model: Any = None,
    dataset: str | Path | None = None,
    *,
    photos: str | Path | None = None,
    processor: Any = None,
    adapter: str | None = None,
    revision: str | None = None,
    device: str | None = None,
    **options: Any,
) -> Iterator[tuple[str, Results | DciError]]:
    """Scores a model, which is loaded once, on the pair benchmarks one after another.

    Args:
        model, processor, adapter, revision, device: as of `dcikit.evaluate`.
        dataset: a folder with one of each benchmark's rows, called as the benchmark is; None: the Hub.
        photos: the folder of the photos that rows name, or one with a folder for each benchmark.
        options: the others of `dcikit.evaluate`, of each benchmark.

    Yields:
        The name of a benchmark, and its results, or why there are none.

    Raises:
        ModelError: if the model cannot be loaded.
    """
    encoder = open_encoder(model, processor, adapter, revision, device)
    for name in BENCHMARKS:
        rows = None if dataset is None else Path(dataset) / name
        own = None if photos is None else Path(photos) / name
        root = own if own and own.is_dir() else photos
        try:
            yield name, evaluate(encoder, rows, task="pairs", benchmark=name, photos=root, **options)
        except _UNREAD as error:
            yield name, error
