"""Results without a model: embeddings drawn at random, a text's nearer to its crop's the better the mock is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.engine.encodings import Embeddings
from dcikit.engine.items import EncodedItem, Item
from dcikit.results.document import make_results
from dcikit.results.sample_writer import SampleWriter
from dcikit.schema.results import Results
from dcikit.tasks.evaluation import Evaluation
from dcikit.tasks.scm import Scm
from dcikit.tasks.sdci_items import row_items

WIDTH = 16


def measure(
    folder: Path, name: str = "mock", noise: float = 1.0, samples: Path | None = None, group_size: int = 8
) -> Results:
    """The results of a mock, on split test, and its file of samples."""
    release = Release(folder)
    writer = SampleWriter(samples or folder.with_name(f"{name}.parquet"))
    with writer:
        task = Scm(group_size=group_size)
        scorer = task.scorer(writer.add)
        for file_name in release.names("test"):
            record = release.read(file_name, summaries=True)
            row = sdci_row(record)
            writer.expect(row, {mask.mask_id: mask.parent_id for mask in record.masks})
            for item in row_items(row):
                scorer.add(_encoded(item, name, noise))
        evaluation = Evaluation(task.name, task.protocol(), scorer.finish(), scorer.images, scorer.regions)
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
    patch_method = None
    dtype = "float32"
    device = torch.device("cpu")
    context = 77
    image_size = None

    @property
    def weights_hash(self) -> str:
        return self.name


def _encoded(item: Item, name: str, noise: float) -> EncodedItem:
    where = f"{item.image_id}/{item.key}"
    image = _drawn(where)
    texts = {
        (kind, index): image + (noise if kind == "caption" else 1.0) * _drawn(f"{name}/{where}/{kind}/{index}")
        for kind, index in item.texts
    }
    return EncodedItem(item, {}, frozenset(), Embeddings(where, image, texts))


def _drawn(seed: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(int.from_bytes(seed.encode(), "big") % (2**61 - 1))
    return torch.randn(WIDTH, generator=generator)
