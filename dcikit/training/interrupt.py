"""Ctrl-C ends a training at the end of a step, and leaves a checkpoint of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback


class Interrupt(TrainerCallback):
    """Stops the training when one of its processes was asked to.

    Attributes:
        asked: whether this process was.
        stopped: whether the training was stopped.
    """

    def __init__(self) -> None:
        self.asked = False
        self.stopped = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Takes SIGINT and SIGTERM as a wish to stop; a second one ends the process at once."""
        names = (signal.SIGINT, signal.SIGTERM)
        before = {name: signal.signal(name, self._ask) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        if self._any_asked(args.device) and state.global_step < state.max_steps:
            self.stopped = control.should_training_stop = control.should_save = True
        return control

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        if self.stopped:  # this is not the end of an epoch: it is validated when it is complete
            control.should_evaluate = control.should_save = False
        return control

    def _any_asked(self, device: torch.device) -> bool:
        if not dist.is_initialized():
            return self.asked
        asked = torch.tensor(int(self.asked), device=device)
        dist.all_reduce(asked, dist.ReduceOp.MAX)
        return bool(asked)
