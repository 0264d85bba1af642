"""A bar of the steps of a training, and a line for each validation, on stderr."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from transformers import TrainerCallback

from .console import Console
from .progress import counter


class TrainingProgress(TrainerCallback):
    """Shown by the first process only."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._loss: float | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            self._count = self._open.enter_context(counter("Training", state.max_steps))
            self._count(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            self._count(1)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        self._loss = logs.get("loss", self._loss)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any) -> None:
        if state.is_world_process_zero:
            loss = "" if self._loss is None else f"loss {self._loss:.3f}, "
            scm, neg = 100 * metrics["eval_all_scm"], 100 * metrics["eval_all_neg"]
            line = f"epoch {state.epoch:.0f}: {loss}validation SCM {scm:.2f}, Neg {neg:.2f}"
            Console(stderr=True).print(line, highlight=False)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._open.close()
