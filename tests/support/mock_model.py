"""Results without a model: embeddings drawn at random, a text's nearer to its crop's the better the mock is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch

from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.engine.scored import Embeddings, ScoredEntry
from dcikit.results.per_entry import EntryWriter
from dcikit.tasks.scm.entries import row_entries
from dcikit.tasks.scm.suites import SUITES, SuiteRunner

WIDTH = 16


def measure(
    folder: Path, name: str = "mock", noise: float = 1.0, per_entry: Path | None = None, group_size: int = 8
) -> dict[str, Any]:
    """The results file of a mock, on split test, and its per-entry file."""
    release = Release(folder)
    writer = EntryWriter(per_entry or folder.with_name(f"{name}.parquet"))
    fingerprint = []
    with writer as entries:
        runner = SuiteRunner(SUITES, group_size, watch=entries.watch)
        for file_name in release.names("test"):
            record = release.read(file_name, summaries=True)
            row = sdci_row(record)
            entries.expect(row, {mask.mask_id: mask.parent_id for mask in record.masks})
            for entry in row_entries(row):
                fingerprint.append(f"{entry.image_id}/{entry.key}")
                runner.add(_scored(entry, name, noise))
        runner.finish()
        document = {
            "dci_results": 2,
            "date": "2026-11-20T12:00:00+00:00",
            "model": {"name": name, "revision": None, "weights_sha256": name, "adapter": None, "dtype": "float32"},
            "dataset": {
                "name": str(folder),
                "split": "test",
                "limit": None,
                "images_skipped": [],
                "images": runner.images,
                "regions": runner.regions,
                "fingerprint": f"fingerprint of {len(fingerprint)} entries",
            },
            "protocol": {"name": "sdci", "suites": list(SUITES), "group_size": group_size, "pooling": "min, max"},
            "scores": {name: dataclasses.asdict(tally.score()) for name, tally in runner.tallies.items()},
            "versions": {"torch": "2"},
        }
        if per_entry is not None:
            entries.finish(document)
    return json.loads(json.dumps(document))


def _scored(entry: Any, name: str, noise: float) -> ScoredEntry:
    where = f"{entry.image_id}/{entry.key}"
    image = _drawn(where)

    def text(kind: str, place: int, distance: float) -> torch.Tensor:
        return image + distance * _drawn(f"{name}/{where}/{kind}/{place}")

    return ScoredEntry(
        image_id=entry.image_id,
        key=entry.key,
        n_captions=len(entry.captions),
        hard_negative=entry.hard_negative,
        scores=Embeddings(
            where,
            image=image,
            captions=torch.stack([text("caption", place, noise) for place in range(len(entry.captions))]),
            negatives={
                (kind, place): text(kind, place, 1.0)
                for kind, texts in entry.negatives.items()
                for place in range(len(texts))
            },
        ),
    )


def _drawn(seed: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(int.from_bytes(seed.encode(), "big") % (2**61 - 1))
    return torch.randn(WIDTH, generator=generator)
