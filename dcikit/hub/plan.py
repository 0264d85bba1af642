"""Which rows go into which file: decided before anything is written, so that an export can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError

CONFIGS = ("dci", "sdci")
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
        """Rows of all shards, one an image and config."""
        return sum(len(shard.names) for shard in self.shards)

    def identity(self) -> str:
        """A hash that changes with the release's files, the options and the layout."""
        files = [self.release.fingerprint(summaries=summaries, photos=self.photos) for summaries in (False, True)]
        layout = [(shard.path, len(shard.names)) for shard in self.shards]
        parts = [FORMAT, files, self.photos, self.on_error, layout]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def make_plan(
    release: Release,
    configs: Iterable[str] = CONFIGS,
    *,
    photos: bool = False,
    on_error: str = "raise",
    shard_bytes: int = SHARD_BYTES,
) -> Plan:
    """Cuts every split of every config into shards, by the sizes of the release's files.

    Raises:
        ArgumentError: if an option is wrong.
        DataError: if splits.json cannot be read, or names a file that is not there.
    """
    chosen = tuple(configs)
    if not chosen or not set(chosen) <= set(CONFIGS):
        raise ArgumentError(f"`configs` must be some of {', '.join(CONFIGS)}, got {', '.join(chosen) or 'none'}")
    if on_error not in ("raise", "skip"):
        raise ArgumentError(f"`on_error` must be raise or skip, got {on_error!r}")
    if shard_bytes < 1:
        raise ArgumentError(f"`shard_bytes` must be at least 1, got {shard_bytes}")
    shards: list[Shard] = []
    for config in CONFIGS:
        for split, names in release.splits.items():
            if config in chosen and names:
                parts = list(_parts(release, config, names, photos, shard_bytes))
                shards += [Shard(config, split, i, len(parts), *part) for i, part in enumerate(parts)]
    return Plan(release, photos, on_error, tuple(shards))


def _parts(
    release: Release, config: str, names: list[str], photos: bool, limit: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    folder = release.annotations(config == "sdci")
    part: list[str] = []
    held = 0
    for name in names:
        size = _size(folder / name)
        if photos:  # the release names photos only inside the annotations; nearly all are called like this
            size += _size(release.folder / "photos" / f"sa_{name.removesuffix('-data.json')}.jpg")
        if part and held + size > limit:
            yield tuple(part), held
            part, held = [], 0
        part.append(name)
        held += size
    yield tuple(part), held


def _size(path: Path) -> int:
    """Bytes of a file, 0 if it is not there: reading it says so, with the remedy."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
