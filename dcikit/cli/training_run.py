"""What surrounds a training on the command line."""

from __future__ import annotations

import warnings

from .console import Console
from .quiet import quiet_libraries


def quiet_training() -> None:
    """Libraries say nothing of their own."""
    with Console(stderr=True).status("Loading the model"):
        import datasets  # noqa: F401 - is slow

        quiet_libraries()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")  # peft's own calls


def report_skip(why: str, count: int) -> None:
    """Says what was skipped."""
    message = f"Skipped: {count:,} {why}"
    Console(stderr=True).print(message, style="yellow", highlight=False, markup=False, soft_wrap=True)
