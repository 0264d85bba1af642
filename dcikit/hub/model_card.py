"""Results in a model's README.md, the older way: `model-index` metadata."""

from __future__ import annotations

from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from dcikit.schema.results import Results

from .submission import measured

_NAME = "Densely Captioned Images"
_TASK = "zero-shot-image-classification"


def with_results(readme: str | None, results: Results, model_id: str, dataset_id: str) -> str:
    """The README.md with these results; what else it says stays, older values of the same scores are replaced.

    Args:
        readme: the model's README.md; None if it has none.
        results: what was measured.
        model_id: the model.
        dataset_id: the benchmark on the Hub.

    Raises:
        ValueError: if its metadata cannot be read.
    """
    name = model_id.split("/")[-1]
    card = (
        ModelCard(readme) if readme is not None else ModelCard.from_template(ModelCardData(), template_str=f"# {name}")
    )
    new = [
        EvalResult(
            task_type=_TASK,
            task_name="Subcrop-caption matching and negatives" if task.config == "sdci" else "Retrieval",
            dataset_type=dataset_id,
            dataset_name=_NAME,
            dataset_config=task.config,
            dataset_split=task.split or "all",
            dataset_revision=results.dataset.revision,
            metric_type="accuracy" if task.config == "sdci" else "recall_at_1",
            metric_name=task.title,
            metric_value=value,
            metric_args={"protocol": task.protocol, "fingerprint": results.dataset.fingerprint},
        )
        for task, value in measured(results)
    ]
    titles = {(each.dataset_type, each.metric_name) for each in new}
    data: Any = card.data
    old = [each for each in data.eval_results or [] if (each.dataset_type, each.metric_name) not in titles]
    data.model_name = data.model_name or name
    data.eval_results = old + new
    return str(card)
