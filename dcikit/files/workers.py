"""Work in processes of its own: in order, with one error where a process is killed, and quiet when all are stopped."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import multiprocessing.util  # registers its own end first, which then comes after ours
import os
import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_KILLED = "a worker process was killed (out of memory?); run it again, with fewer of them"

_HEARD = 0.2
"""Seconds in which Ctrl-C is heard here that has ended the other processes already."""


def in_processes(
    work: Callable[[T], R],
    items: Sequence[T],
    num_proc: int | None,
    *,
    at_once: int = 1,
    start: Callable[[Any], None] | None = None,
    start_with: Any = None,
) -> Iterator[R]:
    """What `work` makes of each item, in order.

    Args:
        work: a function of a module; what it raises is raised here.
        num_proc: processes; None: one a core.
        at_once: items that are sent to a process together.
        start: called in each process first, with `start_with`.

    Raises:
        OSError: if a process was killed.
    """
    context = multiprocessing.get_context("spawn")
    with _file_of(start_with) as file, ProcessPoolExecutor(num_proc, context, _start, (start, file)) as pool:
        try:
            with _held_back():
                results = pool.map(work, items, chunksize=at_once)
            yield from results
        except BrokenProcessPool:
            time.sleep(_HEARD)
            raise OSError(_KILLED) from None
        finally:
            pool.shutdown(cancel_futures=True)


def end_with_parent(number: int) -> None:
    """For `worker_init_fn` of a DataLoader: a signal to all processes is heard by the first one alone.

    A second SIGTERM ends the worker, as if it were done; see `_terminate_twice`.
    """
    earlier = itertools.count()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0) if next(earlier) else None)


@atexit.register
def _terminate_twice() -> None:
    """Sends the first SIGTERM to loaders that are still held, say by the traceback of an error.

    multiprocessing sends the second one right after this, and then waits for them.
    """
    for child in multiprocessing.active_children():
        if child.daemon:
            child.terminate()


@contextmanager
def loader_errors() -> Iterator[None]:
    """Turns the error of torch for a killed worker of a DataLoader, which it raises wherever the program is.

    Raises:
        OSError: instead of RuntimeError.
    """
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("DataLoader worker"):
            raise
        raise OSError(_KILLED) from None


@contextmanager
def _file_of(value: Any) -> Iterator[Path]:
    """A file with a value for new processes.

    More than a pipe holds, sent to one that is killed before it reads, would keep this one waiting for ever.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "value"
        path.write_bytes(pickle.dumps(value))
        yield path


def _start(start: Callable[[Any], None] | None, file: Path) -> None:
    """Ctrl-C, which all processes of a terminal get, ends this one without a word: the first one speaks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if start is not None:
        start(pickle.loads(file.read_bytes()))


@contextmanager
def _held_back() -> Iterator[None]:
    """Ctrl-C waits for the end: a process that it meets while it imports, or waits for its work, writes a traceback.

    The mask is for the new processes, see `_start`; the handler for this one, whose other threads may get the signal.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda *call: heard.append(call)) if is_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if is_main:
            signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
    if heard and callable(handler):
        handler(*heard[0])
