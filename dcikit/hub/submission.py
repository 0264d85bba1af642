"""A results file -> entries of the Hub's leaderboard; what cannot be compared is refused (docs/protocol.md §9)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from dcikit.data.sample import NUMBERS

from .tasks import TASKS, Task

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

GROUP_SIZE = 8
"""Entries in a group of SCM, by the protocol."""

_HOME = "https://huggingface.co"
_SHA = re.compile("[0-9a-f]{40}")
_REQUIRED = (
    "date",
    "model.name",
    "model.weights_sha256",
    "model.dtype",
    "dataset.revision",
    "dataset.fingerprint",
    "dataset.split",
    "protocol.name",
    "versions",
)


def check_results(document: Mapping[str, Any], model_id: str) -> None:
    """Whether results may be submitted for a model.

    Raises:
        ValueError: if they were measured on the sample, on part of a split or of its images, without the protocol's
            parameters, lack provenance, or belong to another model.
    """
    for key in _REQUIRED:
        if not _get(document, key):
            raise ValueError(
                f"the results have no `{key}`: they cannot be traced; measure them with `dci eval --output`"
            )
    dataset, protocol, model = document["dataset"], document["protocol"], document["model"]
    if _drawn(document):
        raise ValueError("the results are of the drawn sample; measure on the release: dci eval --data DIR")
    if dataset.get("limit"):
        raise ValueError(
            f"the results are of the first {dataset['limit']} images; measure all: dci eval without --limit"
        )
    if dataset.get("images_skipped"):
        skipped = ", ".join(list(dataset["images_skipped"])[:5])
        raise ValueError(
            f"{len(dataset['images_skipped'])} images were skipped ({skipped}); repair them, measure again"
        )
    if protocol["name"] == "sdci" and protocol.get("group_size") != GROUP_SIZE:
        raise ValueError(f"the groups have {protocol.get('group_size')} entries; the protocol's have {GROUP_SIZE}")
    if model.get("adapter") == model_id:
        return
    if model.get("adapter") is not None and model["name"] == model_id:
        raise ValueError(f"the results are of {model_id} with the adapter {model['adapter']}; submit them for that")
    if model.get("adapter") is None and model.get("revision") and model["name"] != model_id:
        raise ValueError(f"the results are of {model['name']}, not of {model_id}")


def result_entries(
    document: Mapping[str, Any], dataset_id: str, *, source_url: str | None = None, source_name: str | None = None
) -> list[EvalResultEntry]:
    """One entry for each task that was measured, values in percent.

    Args:
        document: a results file that passed `check_results`.
        dataset_id: the benchmark on the Hub.
        source_url, source_name: where the results come from; the benchmark's page by default.

    Raises:
        ValueError: if no task was measured, one has no value, or huggingface_hub is too old.
    """
    try:
        from huggingface_hub import EvalResultEntry
    except ImportError:
        raise ValueError("huggingface_hub is too old to submit results; run pip install -U huggingface_hub") from None
    revision = document["dataset"]["revision"]
    return [
        EvalResultEntry(
            dataset_id=dataset_id,
            task_id=task.id,
            value=value,
            dataset_revision=revision if _SHA.fullmatch(revision) else None,
            date=document["date"],
            source_url=source_url or f"{_HOME}/datasets/{dataset_id}",
            source_name=source_name or f"dci {document['versions'].get('dci', '')}".strip(),
            notes=_notes(document),
        )
        for task, value in measured(document)
    ]


def measured(document: Mapping[str, Any]) -> list[tuple[Task, float]]:
    """The tasks of a results file, with their values in percent.

    Raises:
        ValueError: if there is none, or one has no value.
    """
    found = []
    for task in TASKS:
        score = document["scores"].get(task.score)
        split = document["dataset"]["split"]
        if score is None or document["protocol"]["name"] != task.protocol or split != (task.split or "all"):
            continue
        if not isinstance(score["value"], (int, float)) or not math.isfinite(score["value"]):
            raise ValueError(f"the score {task.score} is {score['value']}, no number; nothing was submitted")
        found.append((task, round(100 * score["value"], 2)))
    if not found:
        wanted = sorted({f"{task.protocol} on {task.split or 'all splits'}" for task in TASKS})
        got = f"{document['protocol']['name']} on {document['dataset']['split']}"
        raise ValueError(f"the results hold no task of the benchmark ({', '.join(wanted)}), got {got}")
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
        old = yaml.safe_load(existing) if existing else []
        kept = [e for e in old or [] if (e["dataset"]["id"], e["dataset"].get("task_id")) not in tasks]
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        raise ValueError(".eval_results/dci.yaml of the model is no list of results; correct or remove it") from None
    return yaml.safe_dump(kept + new, sort_keys=False, allow_unicode=True, width=1000)


def _drawn(document: Mapping[str, Any]) -> bool:
    """Whether every image that was scored has a number of the drawn sample's, wherever it was read from."""
    images = {image for score in document["scores"].values() for image in score.get("images", ())}
    return bool(images) and images <= set(map(str, NUMBERS))


def _notes(document: Mapping[str, Any]) -> str:
    protocol, dataset, model = document["protocol"], document["dataset"], document["model"]
    group = f", groups of {protocol['group_size']}" if "group_size" in protocol else ""
    parts = [
        f"protocol {protocol['name']}{group}",
        f"fingerprint {dataset['fingerprint']}",
        f"data {dataset['revision']}",
        f"weights {model['weights_sha256']}",
        f"{model['dtype']}, context {model.get('context_length')}, {model.get('image_size')} px",
    ]
    return "; ".join(parts)


def _get(document: Mapping[str, Any], key: str) -> Any:
    value: Any = document
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
