"""The tasks by name."""

from __future__ import annotations

from collections.abc import Sequence

from dcikit.schema.errors import ArgumentError
from dcikit.schema.suites import SDCI, SUITES

from .retrieval import Retrieval
from .scm import Scm
from .task import Task

TASKS = ("scm", "retrieval", "pairs")


def make_task(
    task: str | Task,
    *,
    protocol: str | None = None,
    unit: str = "image",
    suites: Sequence[str] | None = None,
    group_size: int = 8,
) -> Task:
    """A task with its settings.

    Args:
        task: one of `TASKS`, or a task of your own, which has its settings already.
        protocol: of either, see `Scm` and `Retrieval`; None: the usual one.
        unit: of retrieval.
        suites, group_size: of scm.

    Raises:
        ArgumentError: if there is no such task, or it has no such setting.
    """
    if task not in ("scm", "retrieval") and protocol is not None:
        raise ArgumentError("`protocol` is for tasks scm and retrieval")
    if task != "retrieval" and unit != "image":
        raise ArgumentError("`unit` is for task retrieval")
    if task != "scm" and (suites is not None or group_size != 8):
        raise ArgumentError("`suites` and `group_size` are for task scm")
    if task == "scm":
        return Scm(tuple(suites or SUITES), group_size, protocol or SDCI)
    if task == "retrieval":
        return Retrieval(protocol, unit)
    if task == "pairs":
        raise ArgumentError("`task` pairs needs rows of its own; see `dcikit.tasks.pairs.open_benchmark`")
    if isinstance(task, str):
        raise ArgumentError(f"`task` must be one of {', '.join(TASKS)}, or a Task, got {task!r}")
    return task
