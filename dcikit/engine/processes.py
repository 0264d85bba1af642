"""The processes of one `accelerate launch`, or the only one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Processes:
    """Which of how many processes this is.

    Attributes:
        rank, count: this process is number `rank` of `count`.
        device: of this process; None: there is only one process, which may choose.
    """

    def __init__(self) -> None:
        self.rank, self.count, self.device = 0, 1, None
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            import torch
            from accelerate import PartialState

            state = PartialState(cpu=not torch.cuda.is_available())
            self.rank, self.count, self.device = state.process_index, state.num_processes, str(state.device)

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def gather(self, value: Any) -> list[Any]:
        """The values of all processes, in the order of their ranks; every process must call it."""
        if self.count == 1:
            return [value]
        from accelerate.utils import gather_object

        return gather_object([value])

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The first process runs the block before the others do; every process must enter it."""
        if not self.is_main:
            self.gather(None)
        yield
        if self.is_main:
            self.gather(None)
