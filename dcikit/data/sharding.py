"""Which images go into which shard, by bytes: decided before anything is written, so that an export can be resumed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from .release import Release


def cut(sizes: Iterable[tuple[str, int]], limit: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """Names with their bytes -> the names of each shard, in order, and its bytes: at most `limit`, or one image."""
    shard: list[str] = []
    held = 0
    for name, size in sizes:
        if shard and held + size > limit:
            yield tuple(shard), held
            shard, held = [], 0
        shard.append(name)
        held += size
    yield tuple(shard), held


def image_bytes(
    release: Release, names: Iterable[str], *, summaries: bool, photos: bool, annotations: bool = True
) -> Iterator[tuple[str, int]]:
    """Bytes of the files of each image that are read.

    Every photo counts as their mean: only inside the annotations does it say which photo is whose.
    """
    folder = release.annotations(summaries)
    photo = _mean_photo(release) if photos else 0
    for name in names:
        yield name, photo + (_size(folder / name) if annotations else 0)


def _mean_photo(release: Release) -> int:
    folder = release.folder / "photos"
    sizes = [entry.stat().st_size for entry in os.scandir(folder)] if folder.is_dir() else []
    return sum(sizes) // len(sizes) if sizes else 0


def _size(path: os.PathLike[str]) -> int:
    """Bytes of a file, 0 if it is not there: reading it says so, with the remedy."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
