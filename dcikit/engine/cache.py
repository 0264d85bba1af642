"""Encoded windows on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from dcikit.tasks.scm.entries import Entry

from .encode import Window
from .prepare import PreparedEntry

MAX_BYTES = 4 * 2**30
"""Size of all runs together; the longest unused are removed first."""


class WindowCache:
    """The windows of one run.

    Args:
        folder: of all runs.
        identity: everything that the embeddings depend on: data, model, dtype, batch size, suites.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        os.utime(self.folder)
        _remove_unused(folder, keep=self.folder)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.safetensors"

    def __contains__(self, number: int) -> bool:
        return self._path(number).is_file()

    def load(self, number: int) -> Window | None:
        """A window; None if it is not there, or damaged."""
        try:
            with safe_open(self._path(number), framework="pt") as file:
                facts = json.loads(file.metadata()["facts"])
                images, texts = file.get_tensor("images"), file.get_tensor("texts")
        except (OSError, SafetensorError, ValueError):
            return None
        tokens = [tuple(text) for text in facts["tokens"]]
        entries = [_entry(raw, tokens) for raw in facts["entries"]]
        return Window(
            entries,
            images,
            tokens,
            texts,
            facts["empty_images"],
            {int(place): why for place, why in facts["skipped"].items()},
        )

    def save(self, number: int, window: Window) -> None:
        """Keeps a window, whole or not at all."""
        places = {text: place for place, text in enumerate(window.tokens)}
        facts = {
            "tokens": window.tokens,
            "entries": [_raw(entry, places) for entry in window.entries],
            "empty_images": window.empty_images,
            "skipped": window.skipped,
        }
        path = self._path(number)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        tensors = {"images": window.images.contiguous(), "texts": window.texts.contiguous()}
        try:
            save_file(tensors, temporary, metadata={"facts": json.dumps(facts)})
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _raw(prepared: PreparedEntry, places: dict[tuple[int, ...], int]) -> dict[str, Any]:
    return {
        "entry": dataclasses.asdict(prepared.entry),
        "captions": [places[text] for text in prepared.captions],
        "negatives": [[*which, places[text]] for which, text in prepared.negatives.items()],
        "truncated_captions": prepared.truncated_captions,
        "truncated_negatives": prepared.truncated_negatives,
    }


def _entry(raw: dict[str, Any], tokens: list[tuple[int, ...]]) -> PreparedEntry:
    entry = raw["entry"]
    hard = entry["hard_negative"]
    return PreparedEntry(
        Entry(**{**entry, "crop_box": tuple(entry["crop_box"]), "hard_negative": tuple(hard) if hard else None}),
        [tokens[place] for place in raw["captions"]],
        {(kind, index): tokens[place] for kind, index, place in raw["negatives"]},
        raw["truncated_captions"],
        [(kind, index) for kind, index in raw["truncated_negatives"]],
    )


def _remove_unused(folder: Path, keep: Path) -> None:
    runs = sorted((run for run in folder.iterdir() if run.is_dir()), key=lambda run: run.stat().st_mtime)
    sizes = {run: sum(file.stat().st_size for file in run.iterdir()) for run in runs}
    for run in runs:
        if sum(sizes.values()) <= MAX_BYTES:
            return
        if run != keep:
            shutil.rmtree(run, ignore_errors=True)
            del sizes[run]
