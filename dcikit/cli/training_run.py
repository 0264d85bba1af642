"""What surrounds a training on the command line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import Console


@contextmanager
def quiet_training(output_dir: Path) -> Iterator[None]:
    """Libraries say nothing of their own; an interruption says how to go on."""
    with Console(stderr=True).status("Loading the model"):
        import datasets
        import transformers

    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")  # peft's own calls
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        yield
    except KeyboardInterrupt:
        message = f"Stopped; the same command goes on from the last step in {output_dir}"
        Console(stderr=True).print(message, highlight=False, markup=False)
        raise


def report_skip(why: str, count: int) -> None:
    """Says what was skipped."""
    message = f"Skipped: {count:,} {why}"
    Console(stderr=True).print(message, style="yellow", highlight=False, markup=False, soft_wrap=True)
