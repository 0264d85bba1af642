"""The tasks by name, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from dcikit.schema.errors import ArgumentError
from dcikit.schema.suites import SDCI, SUITES

from .retrieval import Retrieval
from .scm import Scm, Views
from .task import Task

SETTINGS: dict[str, tuple[str, ...]] = {
    "scm": ("protocol", "suites", "group_size", "region_view", "views", "reduce"),
    "retrieval": ("protocol", "unit"),
    "pairs": (),
}
"""Task -> the names of its settings."""

TASKS = tuple(SETTINGS)


def check_settings(task: str | Task, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not None.

    Raises:
        ArgumentError: if there is no such task, or it has no such setting.
    """
    if isinstance(task, str) and task not in TASKS:
        raise ArgumentError(f"`task` must be one of {', '.join(TASKS)}, or a Task, got {task!r}")
    known = SETTINGS[task] if isinstance(task, str) else ()
    given = {name: value for name, value in settings.items() if value is not None}
    for name in (name for name in given if name not in known):
        if owners := [other for other, names in SETTINGS.items() if name in names]:
            raise ArgumentError(f"`{name}` is for task {' and '.join(owners)}")
        near = get_close_matches(name, {each for names in SETTINGS.values() for each in names}, 1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise ArgumentError(f"`{name}` is no argument, and no setting of a task{hint}")
    return given


def make_task(task: str | Task, **settings: Any) -> Task:
    """A task with its settings; one that is None is as usual.

    Args:
        task: one of `TASKS`, or a task of your own, which has its settings already.
        settings: some of `SETTINGS`. Of scm: protocol, suites and group_size, see `Scm`; region_view, views and reduce,
            see `Views`. Of retrieval: protocol and unit, see `Retrieval`.

    Raises:
        ArgumentError: if there is no such task, or it has no such setting.
    """
    given = check_settings(task, settings)
    if not isinstance(task, str):
        return task
    if task == "scm":
        return _scm(**given)
    if task == "retrieval":
        return Retrieval(given.get("protocol"), given.get("unit", "image"))
    raise ArgumentError("`task` pairs needs rows of its own; see `dcikit.tasks.pairs.open_benchmark`")


def _scm(
    protocol: str = SDCI,
    suites: tuple[str, ...] = SUITES,
    group_size: int = 8,
    region_view: str = "crop",
    views: tuple[str, ...] = ("region",),
    reduce: str | None = None,
) -> Task:
    shown = Views(region_view, views, reduce or "max")
    if reduce and len(shown.of) == 1:
        raise ArgumentError(f"`reduce` is for several `views`, got {shown.of[0]} alone; leave it out")
    return Scm(suites, group_size, protocol, shown)
