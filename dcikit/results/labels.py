"""What results are called where several stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePath

from dcikit.schema.results import Results, ScoredModel

_DETAILS: tuple[Callable[[Results], str | None], ...] = (
    lambda results: results.model.patch_method,
    lambda results: results.model.dtype,
    lambda results: results.model.device,
    lambda results: results.model.revision and f"revision {results.model.revision[:7]}",
    lambda results: f"weights {results.model.weights_sha256[:7]}",
    lambda results: f"{results.date:%Y-%m-%d %H:%M:%S}",
)
"""What tells results of one model apart, the most telling first."""


def model_label(model: ScoredModel) -> str:
    """The model and its adapter, short: of a folder's path the last two parts."""
    return " + ".join(_short(name) for name in (model.id, model.adapter) if name)


def labels(documents: Sequence[Results]) -> list[str]:
    """A label for each result: the model, with whatever tells it from the other results of the same model."""
    found = [model_label(document.model) for document in documents]
    for detail in _DETAILS:
        alike = Counter(found)
        details = [detail(document) for document in documents]
        for name in (name for name, count in alike.items() if count > 1):
            indices = [index for index, label in enumerate(found) if label == name]
            if len({details[index] for index in indices}) > 1:
                for index in indices:
                    found[index] += f", {details[index]}" if details[index] else ""
    return found


def dataset_label(results: Results) -> str:
    """The data and the split, short."""
    limit = f", first {results.dataset.limit} images" if results.dataset.limit else ""
    return f"{_short(results.dataset.id)}, split {results.dataset.split}{limit}"


def _short(name: str) -> str:
    return "/".join(PurePath(name).parts[-2:]) or "a model"
