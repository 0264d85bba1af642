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
from dcikit.files.json_node import load_json
from dcikit.schema.errors import DataError

ONLY_COMPLETE = ("summaries", "negatives", "clip_scores")
"""What `complete/` has more than `annotations/`, in this order."""

Doc = dict[str, Any]


class Store:
    """A release folder that is written to.

    Args:
        release: where `annotations/` are read.
        output: a folder for `complete/`, made a release folder of its own with links to the annotations and photos;
            None: the release itself.
        needs_annotations: whether `annotations/` must be there.

    Raises:
        ValueError: if `output` is the folder of other images.
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
            self._link(output)

    def _link(self, output: Path) -> None:
        source = self.release.folder.resolve()
        splits = output / "splits.json"
        if splits.is_file() and splits.read_bytes() != (source / "splits.json").read_bytes():
            raise ValueError(f"`output` must be a new folder or one of the same images, {output} has other splits")
        output.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / "splits.json", splits)
        for part in ("annotations", "photos"):
            if (source / part).is_dir() and not (output / part).exists():
                (output / part).symlink_to(source / part, target_is_directory=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One run at a time, in folders that are there from now on; the lock of a run that was killed is free.

        Raises:
            ValueError: if another run holds it.
        """
        for folder in (self.complete, self.work / "regions", self.work / "answers"):
            folder.mkdir(parents=True, exist_ok=True)
        with open(self.work / "lock", "w") as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass
            except OSError:
                raise ValueError(f"another run is writing to {self.folder}; wait for it, or give `output`") from None
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
        write_json(self.complete / name, doc, self.work)
        write_json(self.work / "regions" / name, regions, self.work, indent=1)

    def add_settings(self, settings_hash: str, settings: Doc) -> None:
        path = self.work / "settings.json"
        known = _known(path)
        write_json(path, dict(sorted({**known, settings_hash: settings}.items())), self.work, indent=1)

    def add_run(self, run: Doc) -> None:
        with open(self.work / "runs.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def _known(path: Path) -> Doc:
    """A file of generation/, empty if there is none."""
    try:
        return load_json(path).value if path.is_file() else {}
    except DataError as error:
        remedy = "delete the folder generation/ and give --overwrite to make the texts anew"
        raise DataError(str(path), "", error.problem, remedy) from None


def write_json(path: Path, value: Any, work: Path, indent: int | None = None) -> None:
    """Replaces a file at once, through a temporary one in the folder `work` of the same disk."""
    unfinished = work / f".{path.parent.name}-{path.name}"
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=indent, ensure_ascii=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
