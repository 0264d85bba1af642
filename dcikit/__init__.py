"""Score, train and compare vision-language models on Densely Captioned Images.

evaluate(model, dataset, task="scm") -> Results
    What `dci eval` does: SCM and Neg, retrieval, or a task of your own. Scores are shares between 0 and 1.
evaluate_benchmarks(model, dataset) -> an iterator of (name, Results)
    What `dci eval --task pairs --benchmark all` does: every pair benchmark that can be read.
train(model, data, output_dir, recipe="p1") -> Trained
    What `dci train` does: fine-tuning on sDCI, with scores before and after.
compare(a, b) -> {name: Difference}
    What `dci compare` does: whether a difference between two results is real.
mine(sentences, output_dir, model, photos=...) -> Mined
    What `dci mine` does: pairs of crops and sentences to train on, that nobody has put together.

Bad data, bad arguments and unfit models raise `DataError`, `ArgumentError` and `ModelError`, all of them `DciError`.

>>> import dcikit
>>> results = dcikit.evaluate(limit=4)  # the embedded tiny CLIP on the drawn sample
>>> 0 <= results.scores["all_scm"].value <= 1
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.benchmarks import evaluate_benchmarks
    from .api.compare import compare
    from .api.evaluate import evaluate
    from .api.mine import mine
    from .api.train import train
    from .api.training_data import TrainingData
    from .schema.errors import ArgumentError, DataError, DciError, ModelError
    from .schema.results import Results

__all__ = [
    "ArgumentError",
    "DataError",
    "DciError",
    "ModelError",
    "Results",
    "TrainingData",
    "compare",
    "evaluate",
    "evaluate_benchmarks",
    "mine",
    "train",
]

_HOMES = {
    "ArgumentError": "schema.errors",
    "DataError": "schema.errors",
    "DciError": "schema.errors",
    "ModelError": "schema.errors",
    "Results": "schema.results",
    "TrainingData": "api.training_data",
    "compare": "api.compare",
    "evaluate": "api.evaluate",
    "evaluate_benchmarks": "api.benchmarks",
    "mine": "api.mine",
    "train": "api.train",
}


def __getattr__(name: str) -> Any:
    """Public names load when they are used: torch is not needed to say what there is."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
