"""Readers of rows -> encoded windows, in order: shared out to the processes, prepared by workers, kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.schema.errors import DataError

from .cache import WindowCache
from .encode import Window, encode_window
from .items import Items
from .prepare import Preparation, PreparedImage, Reader
from .processes import Processes
from .progress import Progress

T = TypeVar("T")

WINDOW = 16
"""Images whose items are held at a time."""

PAIRS_WINDOW = 4
"""The same of a model that scores pairs: what is kept of a crop are all its patches."""


@dataclass
class Run:
    """How a dataset is encoded.

    Attributes:
        batch_size: crops, and texts, of one forward pass.
        skip_errors: skip images with defects; they are in `Window.skipped`.
        num_workers: processes that read and decode beside the model.
        cache: where encoded windows are kept; None: nowhere.
        callback: is called with the number of images that this process has encoded.
        processes: those that share the work.
    """

    batch_size: int = 32
    skip_errors: bool = False
    num_workers: int = 0
    cache: WindowCache | None = None
    callback: Callable[[int], None] = lambda images: None
    processes: Processes = field(default_factory=Processes)

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"`batch_size` must be at least 1, got {self.batch_size}")
        if self.num_workers < 0:
            raise ValueError(f"`num_workers` must be at least 0, got {self.num_workers}")

    @contextmanager
    def shown(self, progress: Progress, what: str, total: int | None) -> Iterator[Run]:
        """The same run, which tells `progress` of the images of all processes: they keep step."""
        with progress(what, total) as done:
            yield replace(self, callback=lambda images: done(images * self.processes.count))


def encoded_windows(readers: Iterable[Reader], encoder: Encoder, items: Items, run: Run) -> Iterator[Window]:
    """Each of the processes encodes every so many windows, and yields all of them.

    Args:
        readers: read the rows, in order; the same ones in every process.
        encoder: the model.
        items: what is wanted of a row.
        run: how.

    Raises:
        ValueError: if an image cannot be read, in every process.
    """
    size = PAIRS_WINDOW if isinstance(encoder, CrossEncoder) else WINDOW
    windows: Iterable[list[Reader]] = _batched(readers, size)
    rank, count = run.processes.rank, run.processes.count
    ahead: Iterator[PreparedImage | ValueError] | None = None
    cached: set[int] = set()
    if run.num_workers:
        windows = list(windows)
        cached = {number for number in range(len(windows)) if run.cache and number in run.cache}
        numbers = [number for number in range(rank, len(windows), count) if number not in cached]
        own_readers = [reader for number in numbers for reader in windows[number]]
        ahead = Preparation(own_readers, encoder.preprocessor, items).in_workers(run.num_workers)
    for first, share in enumerate(_batched(windows, count)):
        number = first * count + rank
        own_window: Window | ValueError | None = None
        if rank < len(share):
            try:
                is_ahead = ahead is not None and number not in cached  # whoever may have kept it since
                own_window = run.cache.load(number) if run.cache and not is_ahead else None
                if own_window is None:
                    own = Preparation(share[rank], encoder.preprocessor, items)
                    prepared = islice(ahead, len(own)) if ahead and is_ahead else own.in_workers(0)
                    own_window = _encoded(prepared, number * size, encoder, run)
                    if run.cache:
                        run.cache.save(number, own_window)
                run.callback(len(share[rank]))
            except ValueError as error:
                own_window = error  # raised below, when the other processes know
        for window in run.processes.gather(own_window)[: len(share)]:
            if isinstance(window, ValueError):
                raise window
            yield window


def _encoded(prepared: Iterator[PreparedImage | ValueError], first: int, encoder: Encoder, run: Run) -> Window:
    """The window of the images from the one at `first`."""
    skipped: dict[int, str] = {}

    def readable() -> Iterator[PreparedImage]:
        for index, image in enumerate(prepared, first):
            if isinstance(image, PreparedImage):
                yield image
            elif run.skip_errors and isinstance(image, DataError):
                skipped[index] = str(image)
            else:
                raise image

    window = encode_window(readable(), encoder, run.batch_size)
    window.skipped = skipped
    return window


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
