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
        asked: the signal that did so in this process; None: there was none.
        stopped: whether the training was stopped.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
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

    def pass_on(self) -> None:
        """Raises what the signal is for, now that all is kept."""
        if self.asked is not None:
            signal.raise_signal(self.asked)
        raise KeyboardInterrupt

    def _ask(self, number: int, frame: object) -> None:
        if self.asked is not None:
            raise KeyboardInterrupt
        self.asked = number

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
            return self.asked is not None
        asked = torch.tensor(int(self.asked is not None), device=device)
        dist.all_reduce(asked, dist.ReduceOp.MAX)
        return bool(asked)
