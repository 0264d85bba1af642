"""A release as the files of a format: part by part, resumable, never half a part.

Everything is written to `.<name>.export/` beside the target, and moved at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from dcikit.files.exclusive import exclusive
from dcikit.files.whole_file import whole_file, write_whole
from dcikit.files.workers import in_processes
from dcikit.schema.errors import ArgumentError, DataError

from ..record import Record
from ..release import Release
from ..sharding import cut, image_bytes

DONE = "dci_export.json"
SOURCE = "source.json"


@dataclass(frozen=True)
class Part:
    """One file of a format: which images of a split it has.

    Attributes:
        index, count: its place among the parts of its split.
        names: annotation files, in order.
        summaries: whether they are read with summaries.
        folder: the release.
    """

    split: str
    index: int
    count: int
    names: tuple[str, ...]
    summaries: bool
    folder: Path


@dataclass(frozen=True)
class Format:
    """How records are written.

    Attributes:
        path: the file of a part, relative to the folder of the export.
        write: writes the records of a part to a file, and counts what it excludes, by reason.
        finish: writes what belongs to the whole: given the folder and its parts.
        images: images a part; None: all of a split.
        shard_bytes: bytes of photos of a part; None: any number.
        summaries: whether records have summaries, if the release does.
        photos: whether they have photos.
    """

    name: str
    path: Callable[[Part], str]
    write: Callable[[Iterable[Record], Part, Path], dict[str, int]]
    finish: Callable[[Path, list[Part], Release], None]
    images: int | None = None
    shard_bytes: int | None = None
    summaries: bool = False
    photos: bool = False


@dataclass(frozen=True)
class WrittenPart:
    """What became of a part: images, skipped ones (id -> defect), excluded regions (reason -> number)."""

    path: str
    images: int
    skipped: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def plan_parts(release: Release, form: Format) -> list[Part]:
    """The parts of all splits, decided before any is written."""
    summaries = _summaries(release, form)
    parts: list[Part] = []
    for split, names in release.splits.items():
        chunks = _chunks(release, form, names)
        parts += [Part(split, i, len(chunks), chunk, summaries, release.folder) for i, chunk in enumerate(chunks)]
    return parts


def _chunks(release: Release, form: Format, names: list[str]) -> list[tuple[str, ...]]:
    if form.shard_bytes is not None and names:
        sizes = image_bytes(release, names, summaries=False, photos=True, annotations=False)
        return [chunk for chunk, _ in cut(sizes, form.shard_bytes)]
    size = form.images or max(len(names), 1)
    return [tuple(names[start : start + size]) for start in range(0, len(names), size)]


def export_parts(
    release: Release, form: Format, out: Path, *, on_error: str = "raise", num_proc: int | None = None
) -> Iterator[WrittenPart]:
    """Writes the parts that are not written yet, and puts the whole in place.

    Args:
        out: the folder to make; one that holds the same export already is left as it is.
        on_error: `skip` leaves images with defects out and says which.
        num_proc: processes; None: one a core.

    Yields:
        What became of each part, those first that were written before.

    Raises:
        ArgumentError: if `out` holds anything else.
        DciError: if another process is writing it.
        DataError: at the first defect of the release.
        OSError: if a process was killed; the same call goes on from there.
    """
    out = Path(os.path.abspath(out))
    parts = plan_parts(release, form)
    fingerprint = release.fingerprint(summaries=_summaries(release, form), photos=form.photos)
    identity = hashlib.sha256(
        json.dumps([form.name, form.images, form.shard_bytes, fingerprint, on_error]).encode()
    ).hexdigest()
    if (written := _is_there(out, identity)) is not None:
        yield from written
        return
    staging = out.with_name(f".{out.name}.{form.name}.{identity[:8]}")
    tree = staging / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    with exclusive(staging / "lock", f"`out` is being written by another process, see {staging}; wait for it"):
        found: dict[Part, WrittenPart] = {}
        for part in parts:
            if (before := _already(part, form, staging)) is not None:
                found[part] = before
                yield before
        missing = [part for part in parts if part not in found]
        for part, done in _write_all(missing, release, form, staging, on_error, num_proc or os.cpu_count() or 1):
            found[part] = done
            yield done
        form.finish(tree, parts, release)
        if (release.folder / SOURCE).is_file():  # licence and origin of what was imported
            shutil.copyfile(release.folder / SOURCE, tree / SOURCE)
        said = {"identity": identity, "parts": [asdict(found[part]) for part in parts]}
        write_whole(tree / DONE, json.dumps(said, indent=1).encode())
        if out.exists():
            out.rmdir()  # empty, or it fails
        tree.rename(out)
    shutil.rmtree(staging)


def _summaries(release: Release, form: Format) -> bool:
    return form.summaries and (release.folder / "complete").is_dir()


def _is_there(out: Path, identity: str) -> list[WrittenPart] | None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    if (out / DONE).is_file():
        said = json.loads((out / DONE).read_text(encoding="utf-8"))
        if said.get("identity") == identity:
            return [WrittenPart(**each) for each in said["parts"]]
    raise ArgumentError(f"`out` must not exist, or hold the same export, {out} holds something else; give another name")


def _already(part: Part, form: Format, staging: Path) -> WrittenPart | None:
    done = _done(part, form, staging)
    if done.is_file() and (staging / "tree" / form.path(part)).is_file():
        return WrittenPart(**json.loads(done.read_text(encoding="utf-8")))
    return None


def _done(part: Part, form: Format, staging: Path) -> Path:
    return staging / "done" / f"{form.path(part)}.json"


def _write_all(
    parts: list[Part], release: Release, form: Format, staging: Path, on_error: str, num_proc: int
) -> Iterator[tuple[Part, WrittenPart]]:
    write = partial(_write, release=release, form=form, staging=staging, on_error=on_error)
    processes = min(num_proc, len(parts))
    yield from zip(parts, in_processes(write, parts, processes) if processes > 1 else map(write, parts), strict=True)


def _write(part: Part, release: Release, form: Format, staging: Path, on_error: str) -> WrittenPart:
    skipped: dict[str, str] = {}
    images = 0

    def records() -> Iterator[Record]:
        nonlocal images
        for name in part.names:
            try:
                record = release.read(name, summaries=part.summaries, photo=form.photos)
            except DataError as error:
                if on_error != "skip":
                    raise
                skipped[name.removesuffix("-data.json")] = str(error)
                continue
            images += 1
            yield record

    path = staging / "tree" / form.path(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        counts = form.write(records(), part, temporary)
    written = WrittenPart(form.path(part), images, skipped, counts)
    done = _done(part, form, staging)
    done.parent.mkdir(parents=True, exist_ok=True)
    write_whole(done, json.dumps(asdict(written)).encode())
    return written
