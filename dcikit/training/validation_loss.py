"""The loss on the validation split, by which the released trainer chose its checkpoint (docs/protocol.md §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .batches import Batches
from .loader import EpochLoader, readable
from .objective import Objective


class ValidationLoss:
    """The mean loss of some batches that are always the same ones, with the same captions and negatives.

    Args:
        examples: of the validation split, see `examples_and_objective`.
        objective: of its own, as it counts what it computes.
        batches: of this process.
    """

    def __init__(self, examples: Any, objective: Objective, batches: Batches) -> None:
        self.objective = objective
        self.loader = EpochLoader.of(examples, batches, objective.collate, 0)

    def __call__(self, towers: torch.nn.Module, on_device: Callable[[Any], Any]) -> float:
        """The loss of a model, without dropout.

        Args:
            towers: the model, on a device.
            on_device: puts the inputs of a batch there.

        Raises:
            ValueError: if an example cannot be read, or the loss is not a number.
        """
        training = towers.training
        towers.eval()
        try:
            with torch.no_grad():
                losses = [self.objective.loss(towers, on_device(readable(inputs))).item() for inputs in self.loader]
        finally:
            towers.train(training)
        return sum(losses) / len(losses)
