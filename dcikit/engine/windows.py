"""Readers of rows -> encoded windows, in order: shared out to the processes, prepared by workers, kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from dcikit.encoders.encoder import Encoder

from .cache import WindowCache
from .encode import Window, encode_window
from .prepare import Preparation, PreparedImage, Reader

T = TypeVar("T")


@dataclass
class Run:
    """How a dataset is encoded.

    Attributes:
        batch_size: crops, and texts, of one forward pass.
        skip_errors: leave out images that cannot be read; their errors are in `Window.skipped`.
        num_workers: processes that read and decode beside the model.
        cache: where encoded windows are kept; None: nowhere.
        tick: is called with the number of images that this process has done.
    """

    batch_size: int = 32
    skip_errors: bool = False
    num_workers: int = 0
    cache: WindowCache | None = None
    tick: Callable[[int], None] = lambda images: None

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"`batch_size` must be at least 1, got {self.batch_size}")
        if self.num_workers < 0:
            raise ValueError(f"`num_workers` must be at least 0, got {self.num_workers}")


def encoded_windows(readers: Iterable[Reader], encoder: Encoder, suites: tuple[str, ...], run: Run) -> Iterator[Window]:
    """Each of the encoder's processes encodes every so many windows, and yields all of them.

    Args:
        readers: read the rows, in order; the same ones in every process.
        encoder: the model.
        suites: which suites will read the entries.
        run: how.

    Raises:
        ValueError: if an image cannot be read, in every process.
    """
    windows: Iterable[list[Reader]] = _batched(readers, encoder.window)
    rank, count = encoder.processes.rank, encoder.processes.count
    ahead: Iterator[PreparedImage | ValueError] | None = None
    cached: set[int] = set()
    if run.num_workers:
        windows = list(windows)
        cached = {number for number in range(len(windows)) if run.cache and number in run.cache}
        own = [number for number in range(rank, len(windows), count) if number not in cached]
        own_readers = [reader for number in own for reader in windows[number]]
        ahead = Preparation(own_readers, encoder.preprocessor, suites).in_workers(run.num_workers)
    for first, share in enumerate(_batched(windows, count)):
        number = first * count + rank
        own_window: Window | ValueError | None = None
        if rank < len(share):
            prepared = islice(ahead, len(share[rank])) if ahead and number not in cached else None
            try:
                own_window = _window(number, share[rank], prepared, encoder, suites, run)
            except ValueError as error:
                own_window = error  # raised below, when the other processes know
        for window in encoder.processes.gather(own_window)[: len(share)]:
            if isinstance(window, ValueError):
                raise window
            yield window


def _window(
    number: int,
    readers: list[Reader],
    prepared: Iterator[PreparedImage | ValueError] | None,
    encoder: Encoder,
    suites: tuple[str, ...],
    run: Run,
) -> Window:
    kept = run.cache.load(number) if run.cache else None
    if kept is not None:
        run.tick(len(readers))
        return kept
    skipped: dict[int, str] = {}

    def readable() -> Iterator[PreparedImage]:
        for place, image in enumerate(prepared or Preparation(readers, encoder.preprocessor, suites).in_workers(0)):
            run.tick(1)
            if not isinstance(image, ValueError):
                yield image
            elif run.skip_errors:
                skipped[number * encoder.window + place] = str(image)
            else:
                raise image

    window = encode_window(readable(), encoder, run.batch_size)
    window.skipped = skipped
    if run.cache:
        run.cache.save(number, window)
    return window


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
