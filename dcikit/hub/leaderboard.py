"""Rankings: of results, each only against those it can be compared with, and of the Hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dcikit.results.labels import dataset_label, labels
from dcikit.schema.comparable import comparable_groups
from dcikit.schema.errors import ArgumentError, DciError
from dcikit.schema.results import Results
from dcikit.schema.titles import PAPER, grouped

from .errors import HubError, hub_errors, status_of
from .retry import with_retries
from .tasks import TASKS

_MAIN = (*PAPER, "i2t_r@1", "t2i_r@1")
"""The scores that are shown where they were measured; if none was, the first ones."""


@dataclass(frozen=True)
class Ranking:
    """Results that can be compared: the same data and the same protocol.

    Attributes:
        title: what they were measured on.
        scores: names of the scores.
        rows: (model, values or None), the best first.
    """

    title: str
    scores: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


def rankings(documents: Iterable[Results], sort: str | None = None) -> list[Ranking]:
    """Ranks results, apart for every data and protocol.

    Args:
        documents: the results.
        sort: name of the score, or id of the task, to rank by; None: the first one that was measured.

    Raises:
        ValueError: if there are no results, or none of them has such a score.
    """
    documents = list(documents)
    if not documents:
        raise ArgumentError("there is nothing to rank; give results files of `dci eval --output`")
    by = next((task.score for task in TASKS if task.id == sort), sort)
    measured = list(dict.fromkeys(name for document in documents for name in document.scores))
    if by is not None and by not in measured:
        raise ArgumentError(f"`sort` must be one of {', '.join(measured)}, got {sort!r}")
    return [_ranking([documents[index] for index in group], by) for group in comparable_groups(documents)]


def _ranking(group: Sequence[Results], by: str | None) -> Ranking:
    names = _columns(group, by)
    by = by if by in names else next(iter(names), None)
    rows = []
    for label, document in zip(labels(group), group, strict=True):
        values = {name: score.value for name, score in document.scores.items()}
        rows.append((label, tuple(values.get(name) for name in names), values.get(by or "")))
    rows.sort(key=lambda row: 1.0 if row[2] is None else -row[2])  # those without a value last
    first = group[0]
    fingerprint = (first.dataset.fingerprint or "unknown")[:12]
    title = f"{dataset_label(first)}, protocol {first.protocol.name}, fingerprint {fingerprint}"
    return Ranking(title, names, tuple(row[:2] for row in rows))


def _columns(group: Sequence[Results], by: str | None) -> tuple[str, ...]:
    """The main scores that were measured, and the one that is ranked by."""
    sections = grouped(name for document in group for name in document.scores)
    ordered = [name for names in sections.values() for name in names]
    shown = [name for name in ordered if name in _MAIN or name == by]
    return tuple(shown or ordered[: len(PAPER)])


def hub_leaderboard(dataset_id: str) -> list[Any]:
    """The Hub's ranking of a benchmark: huggingface_hub's `DatasetLeaderboardEntry`, the best first.

    Raises:
        ValueError: if there is none, or huggingface_hub is too old.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi()
    if not hasattr(api, "get_dataset_leaderboard"):
        raise DciError("huggingface_hub is too old to read leaderboards; run pip install -U huggingface_hub")
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
