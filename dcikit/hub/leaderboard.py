"""Rankings: of results files, each only against those it can be compared with, and of the Hub."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import HubError, hub_errors, status_of
from .retry import with_retries
from .tasks import TASKS


@dataclass(frozen=True)
class Ranking:
    """Results that can be compared: the same data and the same protocol.

    Attributes:
        title: what they were measured on.
        columns: titles of the scores.
        rows: (model, values in percent or None), the best first.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


def rankings(documents: Iterable[Mapping[str, Any]], sort: str | None = None) -> list[Ranking]:
    """Ranks results files, apart for every data and protocol.

    Args:
        documents: results files.
        sort: task id to rank by; None: the first one that was measured.

    Raises:
        ValueError: if there is no such task, or nothing was measured.
    """
    if sort is not None and sort not in {task.id for task in TASKS}:
        raise ValueError(f"`sort` must be one of {', '.join(task.id for task in TASKS)}, got {sort!r}")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for document in documents:
        groups.setdefault(_comparable(document), []).append(document)
    if not groups:
        raise ValueError("there is nothing to rank; give results files of `dci eval --output`")
    return [_ranking(group, sort) for group in groups.values()]


def _comparable(document: Mapping[str, Any]) -> str:
    protocol = {name: value for name, value in document["protocol"].items() if name != "suites"}
    dataset = document["dataset"]
    return json.dumps([dataset["split"], dataset["fingerprint"], protocol], sort_keys=True)


def _ranking(group: list[Mapping[str, Any]], sort: str | None) -> Ranking:
    first = group[0]
    tasks = [
        task
        for task in TASKS
        if task.protocol == first["protocol"]["name"] and any(task.score in each["scores"] for each in group)
    ]
    by = next((i for i, task in enumerate(tasks) if task.id == sort), 0)
    rows = []
    for document in group:
        scores = (document["scores"].get(task.score, {}).get("value") for task in tasks)
        rows.append((_model(document), tuple(None if score is None else round(100 * score, 2) for score in scores)))
    rows.sort(key=lambda row: _place(row[1], by))
    dataset = first["dataset"]
    limit = f", first {dataset['limit']} images" if dataset.get("limit") else ""
    title = f"{dataset['name']}, {dataset['split']}{limit}, fingerprint {dataset['fingerprint'][:12]}"
    return Ranking(title, tuple(task.title for task in tasks), tuple(rows))


def _place(values: tuple[float | None, ...], by: int) -> float:
    """Sorts the best first, and those without a value last."""
    value = values[by] if values else None
    return 1.0 if value is None else -value


def _model(document: Mapping[str, Any]) -> str:
    model = document["model"]
    name = Path(model["name"]).name if Path(model["name"]).is_absolute() else model["name"]
    return f"{name} + {model['adapter']}" if model.get("adapter") else name


def hub_leaderboard(dataset_id: str) -> list[Any]:
    """The Hub's ranking of a benchmark: huggingface_hub's `DatasetLeaderboardEntry`, the best first.

    Raises:
        ValueError: if there is none, or huggingface_hub is too old.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi()
    if not hasattr(api, "get_dataset_leaderboard"):
        raise ValueError("huggingface_hub is too old to read leaderboards; run pip install -U huggingface_hub")
    with hub_errors(f"datasets/{dataset_id}"):
        try:
            return with_retries(lambda: api.get_dataset_leaderboard(dataset_id, base_model_only=False))
        except HfHubHTTPError as error:
            if status_of(error) != 404:
                raise
            raise HubError(
                f"{dataset_id} has no leaderboard: it must be on Hugging Face's list of benchmarks (its dataset card "
                "says how), and results must have been submitted: dci submit"
            ) from None
