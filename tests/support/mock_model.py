"""Results without a model: embeddings drawn at random, a text's nearer to its crop's the better the mock is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.engine.processes import Processes
from dcikit.engine.scored import Embeddings, ScoredEntry
from dcikit.results.document import make_results
from dcikit.results.sample_writer import SampleWriter
from dcikit.schema.results import Results
from dcikit.tasks.scm.entries import row_entries
from dcikit.tasks.scm.evaluation import finish
from dcikit.tasks.scm.suites import SUITES, SuiteRunner

WIDTH = 16


def measure(
    folder: Path, name: str = "mock", noise: float = 1.0, samples: Path | None = None, group_size: int = 8
) -> Results:
    """The results of a mock, on split test, and its file of samples."""
    release = Release(folder)
    writer = SampleWriter(samples or folder.with_name(f"{name}.parquet"))
    with writer:
        runner = SuiteRunner(SUITES, group_size, watch=writer.add)
        for file_name in release.names("test"):
            record = release.read(file_name, summaries=True)
            row = sdci_row(record)
            writer.expect(row, {mask.mask_id: mask.parent_id for mask in record.masks})
            for entry in row_entries(row):
                runner.add(_scored(entry, name, noise))
        evaluation = finish(runner)
        evaluation.fingerprint = f"fingerprint of {evaluation.regions} regions"
        dataset = {"id": str(folder), "revision": None, "split": "test", "limit": None, "skipped": {}}
        results = make_results(evaluation, _MockEncoder(name), dataset)  # type: ignore[arg-type]
        if samples is not None:
            writer.finish(results)
    return results


@dataclass
class _MockEncoder:
    """What the results say of the mock."""

    name: str
    revision = None
    adapter = None
    dtype = "float32"
    device = torch.device("cpu")
    context = 77
    image_size = None
    processes = Processes()

    @property
    def weights_hash(self) -> str:
        return self.name


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
