"""The folder beside the data in which a run keeps what it knows, so that it can be interrupted and goes on.

    settings.json        settings hash -> engine, model, prompts, seed, ...
    regions/<name>       region -> step -> by which settings, how many answers, refused and why
    answers/<name>       the answers of an image that is not finished, one a line
    report.json          all of regions/ added up
    runs.jsonl           a line for each run: when, how many requests, how they failed

Every file is replaced at once, so a reader, or a run after kill -9, never finds half of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dcikit.data.release import Release
from dcikit.files.exclusive import exclusive
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import remove_unfinished, whole_file
from dcikit.schema.errors import DataError

Doc = dict[str, Any]


class WorkFolder:
    """What is known of the regions of a release.

    Args:
        release: whose images these are.
        work: the folder.
        output: the folder that the run writes its files of the release to.
    """

    def __init__(self, release: Release, work: Path, output: Path) -> None:
        self.release = release
        self.work = work
        self._output = output

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One run at a time, in folders that are there from now on; the lock of a run that was killed is free.

        Raises:
            DciError: if another run holds it.
        """
        for folder in (self._output, self.work / "regions", self.work / "answers"):
            folder.mkdir(parents=True, exist_ok=True)
        busy = f"another run is writing to {self.work.parent}; wait for it, or give another folder"
        with exclusive(self.work / "lock", busy):
            for folder in (self._output, self.work, self.work / "regions"):
                remove_unfinished(folder)
            yield

    def regions(self, name: str) -> Doc:
        """What is known of the regions of an image: key -> step -> {settings, ...}."""
        return self._known(self.work / "regions" / name)

    def write_regions(self, name: str, regions: Doc) -> None:
        """The seal of an image: its texts are written already."""
        write_json(self.work / "regions" / name, regions, indent=1)

    def answers(self, name: str) -> Path:
        """The journal of an image; that it exists says that a run of ours began with the image."""
        return self.work / "answers" / f"{name}l"

    def add_settings(self, settings_hash: str, settings: Doc) -> None:
        path = self.work / "settings.json"
        write_json(path, dict(sorted({**self._known(path), settings_hash: settings}.items())), indent=1)

    def add_run(self, run: Doc) -> None:
        with open(self.work / "runs.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")

    def _known(self, path: Path) -> Doc:
        """A file of ours, empty if there is none."""
        try:
            return load_json(path).value if path.is_file() else {}
        except DataError as error:
            remedy = f"delete the folder {self.work.name}/ and give `overwrite` to make the texts anew"
            raise DataError(str(path), "", error.problem, remedy) from None


def write_json(path: Path, value: Any, indent: int | None = None) -> None:
    """Replaces a file at once; it is on the disk then, not only on its way there."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, indent=indent, ensure_ascii=True)
        file.flush()
        os.fsync(file.fileno())
