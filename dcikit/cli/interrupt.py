"""Commands that are stopped: one line that says whether they go on, and an exit status of their own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_GO_ON = (
    *("eval", "train", "learning-curve", "export", "import", "download", "photos", "publish"),
    *("masks", "describe", "generate", "score-negatives", "mine"),
)
"""Commands that are taken up where they were."""

_EMBED = ("eval", "mine")
"""Those whose embeddings are kept."""


@contextmanager
def taking_sigterm() -> Iterator[list[int]]:
    """Takes SIGTERM for Ctrl-C.

    Yields:
        The signals that came, but Ctrl-C's.
    """
    came: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        came.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield came
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_status(came: Sequence[int]) -> int:
    """As a shell has it: 128 and the signal, 130 for Ctrl-C."""
    return 128 + (came[0] if came else signal.SIGINT)


def message(arguments: Sequence[str]) -> str:
    """What is said of the command that was stopped."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    if command not in _GO_ON or (command in _EMBED and "--no-cache" in arguments):
        return "interrupted"
    if command in _EMBED:
        return "interrupted; embeddings are kept, the same command goes on"
    if command in ("train", "learning-curve"):
        return "interrupted; the same command goes on from the last step"
    return "interrupted; the same command goes on"
