"""`clip_scores` in `complete/`: which regions lack them, and writing them. The scores come from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dcikit.data.record import Record
from dcikit.data.regions import Region, scored_regions
from dcikit.data.release import Release
from dcikit.files.json_node import load_json
from dcikit.schema.errors import DataError
from dcikit.schema.regions import NEGATIVE_KINDS

from .store import Store
from .work_folder import Doc, write_json


class ScoreStore:
    """The scores of a release folder. generation/scores.json says which model made them, generation/scores/ of which
    regions; all others came with the release.

    Args:
        release: its `complete/` is read and written.
        overwrite: replace scores that others, or another model, made.
    """

    def __init__(self, release: Release, *, overwrite: bool = False) -> None:
        self.release = release
        self.overwrite = overwrite
        self._store = Store(release, needs_annotations=False)
        self._record = self._store.work / "scores.json"
        self._marks = self._store.work / "scores"
        self._model = ""

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._store.lock():
            yield

    def begin(self, model: Doc) -> None:
        """Notes whose scores are written from now on.

        Raises:
            DataError: if scores of another model are there already.
        """
        known = load_json(self._record).value if self._record.is_file() else {}
        if known and known["model"]["weights_sha256"] != model["weights_sha256"] and not self.overwrite:
            problem = f"the scores of this folder come from {known['model']['model']}, not {model['model']}"
            raise DataError(str(self._record), "model", problem, "use that model, or give `overwrite` to replace them")
        self._marks.mkdir(exist_ok=True)
        self._model = model["weights_sha256"]
        write_json(self._record, {"model": model}, indent=1)

    def missing(self, name: str) -> tuple[Record, list[Region], int]:
        """An image, those of its regions to score, and how many others have all their scores."""
        record = self.release.read(name, summaries=True)
        found = list(scored_regions(record))
        marks = self._read_marks(name)
        left = [region for region in found if not (_is_scored(region) and self._keeps(marks.get(region.key)))]
        return record, left, len(found) - len(left)

    def write(self, name: str, scores: dict[str, dict[str, float]]) -> None:
        """Puts the scores of some regions into the image's file, in the order of its summaries."""
        path = self.release.folder / "complete" / name
        doc: dict[str, Any] = load_json(path).value
        merged = {**(doc.get("clip_scores") or {}), **scores}
        order = {key: place for place, key in enumerate(doc["summaries"])}
        doc["clip_scores"] = dict(sorted(merged.items(), key=lambda item: order.get(item[0], len(order))))
        write_json(path, doc)
        marks = self._read_marks(name) | dict.fromkeys(scores, self._model)
        write_json(self._marks / name, marks, indent=1)

    def _read_marks(self, name: str) -> Doc:
        path = self._marks / name
        return load_json(path).value if path.is_file() else {}

    def _keeps(self, made_by: str | None) -> bool:
        """Whether scores stay; `made_by`: the model, None: not one of ours."""
        return not self.overwrite if made_by is None else made_by == self._model


def _is_scored(region: Region) -> bool:
    scores = region.clip_scores
    if scores is None or scores.caption is None:
        return False
    return all(
        len(scores.negatives.get(kind, [])) == len(region.negatives[kind]) and None not in scores.negatives[kind]
        for kind in NEGATIVE_KINDS
    )
