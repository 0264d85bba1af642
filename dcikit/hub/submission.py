"""Results -> entries of the Hub's leaderboard; what cannot be compared is refused (docs/protocol.md §9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from dcikit.data.sample import NUMBERS
from dcikit.files.strict_yaml import parse_yaml
from dcikit.schema.errors import ArgumentError
from dcikit.schema.results import Results

from .tasks import TASKS, Task

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

GROUP_SIZE = 8
"""Regions in a group of SCM, by the protocol."""

_HOME = "https://huggingface.co"
_SHA = re.compile("[0-9a-f]{40}")


def check_results(results: Results, model_id: str) -> None:
    """Whether results may be submitted for a model.

    Raises:
        ValueError: if they were measured on the sample, on part of a split or of its images, without the protocol's
            parameters, cannot be traced, or belong to another model.
    """
    dataset, protocol, model = results.dataset, results.protocol, results.model
    for key in ("revision", "fingerprint"):
        if not getattr(dataset, key):
            raise ArgumentError(f"the results have no `dataset.{key}`: they cannot be traced; measure with `dci eval`")
    if _drawn(results):
        raise ArgumentError("the results are of the drawn sample; measure on the release: dci eval --dataset DIR")
    if dataset.limit:
        raise ArgumentError(
            f"the results are of the first {dataset.limit} images; measure all: dci eval without --limit"
        )
    if dataset.skipped:
        some = ", ".join(list(dataset.skipped)[:5])
        raise ArgumentError(f"{len(dataset.skipped)} images were skipped ({some}); repair them, measure again")
    group_size = protocol.parameters.get("group_size")
    if protocol.name == "sdci" and group_size != GROUP_SIZE:
        raise ArgumentError(f"the groups have {group_size} regions; the protocol's have {GROUP_SIZE}")
    if model.adapter == model_id:
        return
    if model.adapter is not None and model.id == model_id:
        raise ArgumentError(f"the results are of {model_id} with the adapter {model.adapter}; submit them for that")
    if model.adapter is None and model.revision and model.id != model_id:
        raise ArgumentError(f"the results are of {model.id}, not of {model_id}")


def result_entries(
    results: Results, dataset_id: str, *, source_url: str | None = None, source_name: str | None = None
) -> list[EvalResultEntry]:
    """One entry for each task that was measured, values in percent.

    Args:
        results: they passed `check_results`.
        dataset_id: the benchmark on the Hub.
        source_url, source_name: where the results come from; the benchmark's page by default.

    Raises:
        ValueError: if no task was measured, one has no value, or huggingface_hub is too old.
    """
    try:
        from huggingface_hub import EvalResultEntry
    except ImportError:
        raise ArgumentError(
            "huggingface_hub is too old to submit results; run pip install -U huggingface_hub"
        ) from None
    revision = results.dataset.revision or ""
    return [
        EvalResultEntry(
            dataset_id=dataset_id,
            task_id=task.id,
            value=value,
            dataset_revision=revision if _SHA.fullmatch(revision) else None,
            date=results.date.isoformat(),
            source_url=source_url or f"{_HOME}/datasets/{dataset_id}",
            source_name=source_name or f"dcikit {results.versions.get('dcikit', '')}".strip(),
            notes=_notes(results),
        )
        for task, value in measured(results)
    ]


def measured(results: Results) -> list[tuple[Task, float]]:
    """The tasks that were measured, with their values in percent.

    Raises:
        ValueError: if there is none, or one has no value.
    """
    found = []
    split = results.dataset.split
    for task in TASKS:
        score = results.scores.get(task.score)
        if score is None or results.protocol.name != task.protocol or split != (task.split or "all"):
            continue
        if score.value is None:
            raise ArgumentError(f"the score {task.score} has no value: no region was scored; nothing was submitted")
        found.append((task, round(100 * score.value, 2)))
    if not found:
        wanted = sorted({f"{task.protocol} on {task.split or 'all splits'}" for task in TASKS})
        got = f"{results.protocol.name} on {split}"
        raise ArgumentError(f"the results hold no task of the benchmark ({', '.join(wanted)}), got {got}")
    return found


def merge_entries(existing: str | None, entries: list[EvalResultEntry]) -> str:
    """The contents of `.eval_results/dci.yaml`: other entries of the file stay, the same tasks are replaced.

    Raises:
        ValueError: if the file is no list of entries.
    """
    from huggingface_hub import eval_result_entries_to_yaml

    new = eval_result_entries_to_yaml(entries)
    tasks = {(entry["dataset"]["id"], entry["dataset"]["task_id"]) for entry in new}
    try:
        old = parse_yaml(existing) if existing else []
        kept = [e for e in old or [] if (e["dataset"]["id"], e["dataset"].get("task_id")) not in tasks]
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        raise ArgumentError(".eval_results/dci.yaml of the model is no list of results; correct or remove it") from None
    return yaml.safe_dump(kept + new, sort_keys=False, allow_unicode=True, width=1000)


def _drawn(results: Results) -> bool:
    """Whether every image that was scored has a number of the drawn sample's, wherever it was read from."""
    images = results.scored_images
    return bool(images) and images <= set(map(str, NUMBERS))


def _notes(results: Results) -> str:
    protocol, dataset, model = results.protocol, results.dataset, results.model
    group_size = protocol.parameters.get("group_size")
    group = f", groups of {group_size}" if group_size else ""
    parts = [
        f"protocol {protocol.name}{group}",
        f"fingerprint {dataset.fingerprint}",
        f"data {dataset.revision}",
        f"weights {model.weights_sha256}",
        f"{model.dtype}, context {model.context_length}, {model.image_size} px",
    ]
    return "; ".join(parts)
