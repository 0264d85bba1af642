"""A release folder -> a dataset repository for the Hub.

    export_release(Release("densely_captioned_images"), Path("dci"))
    load_dataset("./dci", "sdci")  # any datasets >= 3.6, no code of ours

Everything is written to `.<name>.export/` beside the target, shard by shard, and moved at the very end: an export that
was killed is not there, and the same call finishes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from dcikit.data.release import Release
from dcikit.data.sources.imported import kinds_of, read_source
from dcikit.files.exclusive import exclusive
from dcikit.files.workers import in_processes
from dcikit.schema.errors import ArgumentError

from . import croissant
from .card import dataset_card
from .manifest import NAME, Manifest, check_export, read_manifest
from .plan import FORMAT, SHARD_BYTES, Plan, Shard, make_plan
from .shards import DONE, TREE, Written, already_written, write_shard, write_text
from .tasks import eval_yaml

__all__ = ["export_plan", "export_release"]


def export_release(
    release: Release,
    out: Path,
    configs: Iterable[str] | None = None,
    *,
    photos: bool = False,
    on_error: str = "raise",
    num_proc: int | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Manifest:
    """Writes a dataset repository; see `export_plan`.

    Args:
        release: the release folder.
        out: the folder to make. One that holds the same export already is left as it is.
        configs: some of `plan.CONFIGS`; None: all that the release has.
        photos: put the photos, and the crops of config regions, in; such an export may not be passed on.
        on_error: `skip` leaves images with defects out and says which.
        num_proc: processes; None: one a core, fewer for little data.
        shard_bytes: see `plan.SHARD_BYTES`.

    Raises:
        ArgumentError: if an option is wrong, or `out` holds anything else.
        DataError: at the first defect of the release.
    """
    plan = make_plan(release, configs, photos=photos, on_error=on_error, shard_bytes=shard_bytes)
    for _ in export_plan(plan, out, num_proc):
        pass
    return read_manifest(out)


def export_plan(plan: Plan, out: Path, num_proc: int | None = None) -> Iterator[Written]:
    """Writes the shards that are not written yet, then the card, and puts the whole in place.

    Yields:
        What became of each shard, those first that were written before. The export is there once all were taken.

    Raises:
        ArgumentError: if `out` holds anything else.
        DciError: if another process is writing it.
        DataError: at the first defect of the release.
        OSError: if a process was killed; the same call goes on from there.
    """
    if num_proc is not None and num_proc < 1:
        raise ArgumentError(f"`num_proc` must be at least 1, got {num_proc}")
    out = Path(os.path.abspath(out))
    identity = plan.identity()
    staging = out.with_name(f".{out.name}.export")
    if _is_there(out, identity):
        shutil.rmtree(staging, ignore_errors=True)  # an earlier run may have been killed right after its last step
        yield from check_export(out).files
        return
    with _staging(staging, identity):
        found = {shard.path: written for shard in plan.shards if (written := already_written(shard, staging))}
        yield from found.values()
        missing = [shard for shard in plan.shards if shard.path not in found]
        for written in _write(plan, missing, staging, num_proc or _processes(missing)):
            found[written.path] = written
            yield written
        _write_card(plan, [found[shard.path] for shard in plan.shards], staging / TREE, identity)
        if out.exists():
            out.rmdir()  # empty, or it fails
        (staging / TREE).rename(out)
    shutil.rmtree(staging)


def _is_there(out: Path, identity: str) -> bool:
    """Whether this very export exists."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    if (out / NAME).is_file() and read_manifest(out).identity == identity:
        return True
    raise ArgumentError(f"`out` must not exist, or hold the same export, {out} holds something else; give another name")


@contextmanager
def _staging(folder: Path, identity: str) -> Iterator[None]:
    """The folder of unfinished work, for one process at a time; what an export of something else left is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / "lock", f"`out` is being written by another process, see {folder}; wait for it"):
        mark = folder / "identity"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != identity:
            for part in (DONE, TREE):
                shutil.rmtree(folder / part, ignore_errors=True)
            write_text(mark, identity)
        for unfinished in folder.rglob("*.tmp"):
            unfinished.unlink()
        yield


def _processes(shards: list[Shard]) -> int:
    """One a core; but starting one takes seconds, in which another writes a shard of `SHARD_BYTES`."""
    return min(os.cpu_count() or 1, 1 + sum(shard.size for shard in shards) // SHARD_BYTES)


def _write(plan: Plan, shards: list[Shard], folder: Path, num_proc: int) -> Iterator[Written]:
    write = partial(write_shard, release=plan.release, folder=folder, photos=plan.photos, on_error=plan.on_error)
    processes = min(num_proc, len(shards))
    yield from in_processes(write, shards, processes) if processes > 1 else map(write, shards)


def _write_card(plan: Plan, written: list[Written], tree: Path, identity: str) -> None:
    """README.md, eval.yaml, croissant.json and manifest."""
    revision = plan.release.revision
    source = read_source(plan.release.folder)
    kinds = kinds_of(plan.release.folder)
    card = dataset_card(written, photos=plan.photos, release_revision=revision, source=source, kinds=kinds)
    write_text(tree / "README.md", card)
    write_text(tree / "eval.yaml", eval_yaml())
    write_text(tree / croissant.NAME, croissant.croissant(written, source, kinds))
    manifest = Manifest(FORMAT, identity, revision, plan.photos, tuple(written))
    write_text(tree / NAME, manifest.dumps())
