"""The tasks by name."""

from __future__ import annotations

from collections.abc import Sequence

from dcikit.schema.errors import ArgumentError

from .retrieval import Retrieval
from .scm import SUITES, Scm
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
        protocol, unit: of retrieval.
        suites, group_size: of scm.

    Raises:
        ArgumentError: if there is no such task, or it has no such setting.
    """
    if task != "retrieval" and (protocol is not None or unit != "image"):
        raise ArgumentError("`protocol` and `unit` are for task retrieval")
    if task != "scm" and (suites is not None or group_size != 8):
        raise ArgumentError("`suites` and `group_size` are for task scm")
    if task == "scm":
        return Scm(tuple(suites or SUITES), group_size)
    if task == "retrieval":
        return Retrieval(protocol, unit)
    if task == "pairs":
        raise ArgumentError("`task` pairs needs rows of its own; see `dcikit.tasks.pairs.open_benchmark`")
    if isinstance(task, str):
        raise ArgumentError(f"`task` must be one of {', '.join(TASKS)}, or a Task, got {task!r}")
    return task
