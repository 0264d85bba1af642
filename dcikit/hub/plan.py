"""Which rows go into which file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from dcikit.data.configs import ROWS, configs_of, reads_summaries
from dcikit.data.release import Release
from dcikit.data.sharding import cut, image_bytes
from dcikit.schema.errors import ArgumentError, check_on_error

CONFIGS = tuple(ROWS)
"""The configs, the default one first."""

SHARD_BYTES = 256 * 2**20
"""A shard holds the images of at most this many bytes of annotations and photos; what it takes on disk is less."""

FORMAT = 3
"""Version of the layout: shards of another one are not resumed."""


@dataclass(frozen=True)
class Shard:
    """One Parquet file.

    Attributes:
        config, split: what it is part of.
        index, count: its place among the shards of its split.
        names: annotation files of its rows, in order.
        size: bytes of the files that are read for it.
    """

    config: str
    split: str
    index: int
    count: int
    names: tuple[str, ...]
    size: int

    @property
    def path(self) -> str:
        """Where it is in the export, as the Hub names shards."""
        return f"{self.config}/{self.split}-{self.index:05d}-of-{self.count:05d}.parquet"


@dataclass(frozen=True)
class Plan:
    """A whole export: which release, with which options, in which shards."""

    release: Release
    photos: bool
    on_error: str
    shards: tuple[Shard, ...]

    @property
    def configs(self) -> tuple[str, ...]:
        return tuple(config for config in CONFIGS if any(shard.config == config for shard in self.shards))

    @property
    def images(self) -> int:
        """Images of all shards, each once a config."""
        return sum(len(shard.names) for shard in self.shards)

    def identity(self) -> str:
        """A hash that changes with the release's files, the options and the layout."""
        files = [self.release.fingerprint(summaries=summaries, photos=self.photos) for summaries in (False, True)]
        layout = [(shard.path, len(shard.names)) for shard in self.shards]
        parts = [FORMAT, files, self.photos, self.on_error, layout]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def make_plan(
    release: Release,
    configs: Iterable[str] | None = None,
    *,
    photos: bool = False,
    on_error: str = "raise",
    shard_bytes: int = SHARD_BYTES,
) -> Plan:
    """Cuts every split of every config into shards, by the sizes of the release's files.

    Args:
        configs: some of `CONFIGS`; None: all that the release has.
        photos, on_error, shard_bytes: see `export_release`.

    Raises:
        ArgumentError: if an option is wrong.
        DataError: if splits.json cannot be read, or names a file that is not there.
    """
    chosen = tuple(configs_of(release) if configs is None else configs)
    if not chosen or not set(chosen) <= set(CONFIGS):
        raise ArgumentError(f"`configs` must be some of {', '.join(CONFIGS)}, got {', '.join(chosen) or 'none'}")
    check_on_error(on_error)
    if shard_bytes < 1:
        raise ArgumentError(f"`shard_bytes` must be at least 1, got {shard_bytes}")
    shards: list[Shard] = []
    for config in CONFIGS:
        for split, names in release.splits.items():
            if config in chosen and names:
                sizes = image_bytes(release, names, summaries=reads_summaries(release, config), photos=photos)
                parts = list(cut(sizes, shard_bytes))
                shards += [Shard(config, split, i, len(parts), *part) for i, part in enumerate(parts)]
    return Plan(release, photos, on_error, tuple(shards))
