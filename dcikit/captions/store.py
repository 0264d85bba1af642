"""The folders that `dci generate` writes: `complete/`, and beside the data `generation/`."""

from __future__ import annotations

import shutil
from pathlib import Path

from dcikit.data.release import Release
from dcikit.files.json_node import load_json
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError, DataError

from .work_folder import Doc, WorkFolder, write_json

ONLY_COMPLETE = ("summaries", "negatives", "clip_scores")
"""What `complete/` has more than `annotations/`, in this order."""


class Store(WorkFolder):
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
        folder = release.folder if output is None else output
        self.complete = folder / "complete"
        super().__init__(release, folder / "generation", self.complete)
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
        self.write_regions(name, regions)


def _link_or_copy(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=True)
    except OSError:  # Windows lets only developers and administrators make links
        unfinished = path.with_name(f".{path.name}.copying")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(target, unfinished)
        unfinished.rename(path)
