"""Prompts for text-to-image models: the first caption of whole images of sDCI."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from dcikit.files.whole_file import whole_file
from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE

from ..release import Release

KINDS = (".yaml", ".parquet")


def captions(release: Release, splits: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """File name and first caption of each image, in the order of the splits; None for an image without one.

    Raises:
        DataError: at the first defect of the release.
    """
    for split in splits:
        for name in release.names(split):
            record = release.read(name, summaries=True, photo=False)
            found = record.captions.get(BASE)
            yield record.file_name, found[0] if found else None


def choose(prompts: dict[str, str], count: int | None) -> dict[str, str]:
    """The prompts of `count` images, by file name, as text-to-image benchmarks draw them.

    They shuffle the names, as they come, with `random.Random(0)`, take the first, and sort these.
    None: all, as they come.
    """
    if count is None:
        return prompts
    if not 0 < count <= len(prompts):
        raise ArgumentError(f"`count` must be from 1 to {len(prompts)}, the images with a caption, got {count}")
    names = list(prompts)
    random.Random(0).shuffle(names)
    return {name: prompts[name] for name in sorted(names[:count])}


def fingerprint(prompts: dict[str, str]) -> str:
    """A hash of names, prompts and their order, by which two runs know that they had the same."""
    return hashlib.sha256(json.dumps(list(prompts.items()), ensure_ascii=False).encode()).hexdigest()


def write_prompts(prompts: dict[str, str], path: Path) -> None:
    """Writes {file name: prompt} as YAML, or the columns file_name and prompt as Parquet; the hash is in both.

    Raises:
        ArgumentError: if the name ends in neither.
    """
    if path.suffix not in KINDS:
        raise ArgumentError(f"`path` must end in {' or '.join(KINDS)}, got {path}")
    digest = fingerprint(prompts)
    with whole_file(path) as temporary:
        if path.suffix == ".yaml":
            text = yaml.safe_dump(prompts, allow_unicode=True, sort_keys=False, width=2**20)
            temporary.write_text(f"# sha256: {digest}\n{text}", encoding="utf-8")
        else:
            table = pa.table({"file_name": list(prompts), "prompt": list(prompts.values())})
            pq.write_table(table.replace_schema_metadata({"sha256": digest}), temporary)
