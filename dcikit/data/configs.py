"""The configs of a release: which there are, what they read, and their rows."""

from __future__ import annotations

from collections.abc import Callable

from datasets import Features

from dcikit.schema.errors import ArgumentError
from dcikit.schema.features import schema

from .record import Record
from .region_rows import region_rows
from .release import Release
from .rows import Row, dci_row, iiw_row, sdci_row
from .sources.iiw import IIW
from .sources.imported import kinds_of, read_source

ROWS: dict[str, Callable[[Record], list[Row]]] = {
    "dci": lambda record: [dci_row(record)],
    "sdci": lambda record: [sdci_row(record)],
    "regions": region_rows,
    "iiw": lambda record: [iiw_row(record)],
}
"""Config -> the rows of a record: one, but in `regions` one a region. The default config comes first."""


def configs_of(release: Release) -> list[str]:
    """The configs that a release has."""
    source = read_source(release.folder)
    has = {"sdci": _has_summaries(release), "iiw": source is not None and source["name"] == IIW.name}
    return [config for config in ROWS if has.get(config, True)]


def features_of(release: Release, config: str) -> Features:
    """The features of a config, with the kinds of negatives that the release has."""
    return schema(config, kinds_of(release.folder))


def reads_summaries(release: Release, config: str) -> bool:
    """Whether the records of a config are those of `complete/`.

    Raises:
        ArgumentError: if it is `iiw`, and the release is not the import of it.
    """
    if config == "iiw" and config not in configs_of(release):
        raise ArgumentError(f"config iiw must be of what `dci import {IIW.name}` wrote, got {release.folder}")
    return config == "sdci" or (config == "regions" and _has_summaries(release))


def _has_summaries(release: Release) -> bool:
    return (release.folder / "complete").is_dir()
