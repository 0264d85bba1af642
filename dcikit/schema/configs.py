"""Configs of the dataset that are more than a name of `load_dataset`."""

from __future__ import annotations

DCI_AND_SDCI = "dci+sdci"
"""Rows with the columns of both configs, joined by image: all masks beside the regions that are scored."""
