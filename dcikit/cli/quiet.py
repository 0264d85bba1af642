"""Libraries that show bars of their own."""

from __future__ import annotations

import sys


def quiet_libraries() -> None:
    """No bar for loading weights; bars of datasets, where that is used, in a terminal only."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    datasets = sys.modules.get("datasets")
    if datasets is not None and not sys.stderr.isatty():
        datasets.disable_progress_bars()
