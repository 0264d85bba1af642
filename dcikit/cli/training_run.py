"""What surrounds a training on the command line."""

from __future__ import annotations

import sys
import warnings

from .console import Console


def quiet_training() -> None:
    """Libraries say nothing of their own."""
    with Console(stderr=True).status("Loading the model"):
        import datasets
        import transformers

    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")  # peft's own calls
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()


def report_skip(why: str, count: int) -> None:
    """Says what was skipped."""
    message = f"Skipped: {count:,} {why}"
    Console(stderr=True).print(message, style="yellow", highlight=False, markup=False, soft_wrap=True)
