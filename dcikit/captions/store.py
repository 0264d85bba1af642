"""The folders that are written: `complete/`, and beside the data `generation/`.

    generation/settings.json        settings hash -> engine, model, prompts, seed, ...
    generation/regions/<name>       region -> step -> by which settings, how many answers, refused and why
    generation/answers/<name>       the answers of an image that is not finished, one a line
    generation/report.json          all of regions/ added up
    generation/runs.jsonl           a line for each run: when, how many requests, how they failed

Every file is replaced at once, so a reader, or a run after kill -9, never finds half of one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dcikit.data.release import Release
from dcikit.files.exclusive import exclusive
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import remove_unfinished, whole_file, write_whole
from dcikit.schema.errors import ArgumentError, DataError

ONLY_COMPLETE = ("summaries", "negatives", "clip_scores")
"""What `complete/` has more than `annotations/`, in this order."""

Doc = dict[str, Any]


class Store:
    """A release folder that is written to.

    Args:
        release: where `annotations/` are read.
        output: a folder for `complete/`, made a release folder of its own with links to the annotations and photos
            (copies, where links cannot be made);
            None: the release itself.
        needs_annotations: whether `annotations/` must be there.

    Raises:
        ArgumentError: if `output` is the folder of other images.
    """

    def __init__(self, release: Release, output: Path | None = None, *, needs_annotations: bool = True) -> None:
        self.release = release
        self.folder = release.folder if output is None else output
        self.work = self.folder / "generation"
        self.complete = self.folder / "complete"
        if needs_annotations and not (release.folder / "annotations").is_dir():
            path = str(release.folder / "annotations")
            raise DataError(path, "", "the folder is missing", "it is what summaries are made of")
        if output is not None:
            self._join(output)

    def _join(self, output: Path) -> None:
        source = self.release.folder.resolve()
        splits = output / "splits.json"
        if splits.is_file() and splits.read_bytes() != (source / "splits.json").read_bytes():
            raise ArgumentError(f"`output` must be a new folder or one of the same images, {output} has other splits")
        output.mkdir(parents=True, exist_ok=True)
        if not splits.is_file():
            write_whole(splits, (source / "splits.json").read_bytes())
        for part in ("annotations", "photos"):
            if (source / part).is_dir() and not (output / part).exists():
                _link_or_copy(output / part, source / part)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One run at a time, in folders that are there from now on; the lock of a run that was killed is free.

        Raises:
            DciError: if another run holds it.
        """
        for folder in (self.complete, self.work / "regions", self.work / "answers"):
            folder.mkdir(parents=True, exist_ok=True)
        busy = f"another run is writing to {self.folder}; wait for it, or give `output`"
        with exclusive(self.work / "lock", busy):
            for folder in (self.complete, self.work, self.work / "regions"):
                remove_unfinished(folder)
            yield

    def regions(self, name: str) -> Doc:
        """What is known of the regions of an image: key -> step -> {settings, ...}."""
        return _known(self.work / "regions" / name)

    def answers(self, name: str) -> Path:
        """The journal of an image; that it exists says that a run of ours began with the image."""
        return self.work / "answers" / f"{name}l"

    def old(self, name: str) -> Doc:
        """The image's file in `complete/`; empty if there is none."""
        path = self.complete / name
        return load_json(path).value if path.is_file() else {}

    def annotation(self, name: str) -> Doc:
        doc = load_json(self.release.folder / "annotations" / name).value
        return {key: value for key, value in doc.items() if key not in ONLY_COMPLETE}

    def write(self, name: str, doc: Doc, regions: Doc) -> None:
        """Writes `complete/<name>` and then, as its seal, what is known of its regions."""
        write_json(self.complete / name, doc)
        write_json(self.work / "regions" / name, regions, indent=1)

    def add_settings(self, settings_hash: str, settings: Doc) -> None:
        path = self.work / "settings.json"
        known = _known(path)
        write_json(path, dict(sorted({**known, settings_hash: settings}.items())), indent=1)

    def add_run(self, run: Doc) -> None:
        with open(self.work / "runs.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def _link_or_copy(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=True)
    except OSError:  # Windows lets only developers and administrators make links
        unfinished = path.with_name(f".{path.name}.copying")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(target, unfinished)
        unfinished.rename(path)


def _known(path: Path) -> Doc:
    """A file of generation/, empty if there is none."""
    try:
        return load_json(path).value if path.is_file() else {}
    except DataError as error:
        remedy = "delete the folder generation/ and give `overwrite` to make the texts anew"
        raise DataError(str(path), "", error.problem, remedy) from None


def write_json(path: Path, value: Any, indent: int | None = None) -> None:
    """Replaces a file at once; it is on the disk then, not only on its way there."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, indent=indent, ensure_ascii=True)
        file.flush()
        os.fsync(file.fileno())
