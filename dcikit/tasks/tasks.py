"""The tasks by name, and their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from dcikit.schema.errors import ArgumentError

from .grounding import Grounding
from .retrieval import Retrieval
from .scm import Distractors, Scm, TextLevels, Views
from .scm.groups import CONSECUTIVE
from .task import Task

SETTINGS: dict[str, tuple[str, ...]] = {
    "scm": (
        "protocol",
        "suites",
        "group_size",
        "grouping",
        "similar_model",
        "region_view",
        "views",
        "reduce",
        "text",
        "distractors",
        "seed",
    ),
    "retrieval": ("protocol", "unit"),
    "pairs": (),
    "grounding": (),
}
"""Task -> the names of its settings."""

TASKS = tuple(SETTINGS)

_QUESTIONS: dict[str, tuple[Callable[..., Task], dict[str, str]]] = {
    "": (
        Scm,
        {"protocol": "protocol_name", "suites": "suites", "group_size": "group_size"}
        | {"grouping": "grouping", "similar_model": "similar_model"},
    ),
    "text": (TextLevels, {"text": "levels", "protocol": "protocol_name", "group_size": "group_size"}),
    "distractors": (Distractors, {"distractors": "counts", "protocol": "protocol_name", "seed": "seed"}),
}
"""The setting of scm that asks something else of its regions -> the task that does, and its fields by setting."""


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
        settings: some of `SETTINGS`. Of scm: protocol, suites, group_size, grouping and similar_model, see `Scm`;
            region_view, views and reduce, see `Views`; text, see `TextLevels`; distractors and seed, see `Distractors`.
            Of retrieval: protocol and unit, see `Retrieval`.

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
    if task == "grounding":
        return Grounding()
    raise ArgumentError("`task` pairs needs rows of its own; see `dcikit.tasks.pairs.open_benchmark`")


def _scm(region_view: str = "crop", views: Any = ("region",), reduce: str | None = None, **settings: Any) -> Task:
    shown = Views(region_view, views, reduce or "max")
    if reduce and len(shown.of) == 1:
        raise ArgumentError(f"`reduce` is for several `views`, got {shown.of[0]} alone; leave it out")
    if "similar_model" in settings and settings.get("grouping", CONSECUTIVE) == CONSECUTIVE:
        raise ArgumentError("`similar_model` is for `grouping` similar and similar-in-image; leave it out")
    question = next((name for name in _QUESTIONS if name in settings), "")
    task, fields = _QUESTIONS[question]
    for name in settings:
        if name not in fields:
            why = f"does not go with `{question}`" if question else "is for `distractors`"
            raise ArgumentError(f"`{name}` {why}; leave it out")
    return task(**{fields[name]: value for name, value in settings.items()}, views=shown)
