"""Batches for the Trainer, prepared by worker processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from dcikit.files.workers import end_with_parent

from .batches import Batches, Draw

ERROR = "error"


class EpochLoader(DataLoader[Any]):
    """Batches whose order depends on the epoch.

    A `ValueError` of an example is in its batch as `ERROR`: raised in a worker it would come out as a traceback.

    Args:
        examples: a map-style dataset that takes a `Draw`.
        batches: of this process.
        collate: examples -> a batch.
        num_workers: processes that prepare batches; 0: this one.
    """

    @classmethod
    def of(cls, examples: Any, batches: Batches, collate: Callable[..., Any], num_workers: int) -> EpochLoader:
        return cls(
            _Caught(examples),
            batch_sampler=batches,
            collate_fn=_Collated(collate),
            num_workers=num_workers,
            worker_init_fn=end_with_parent,
            persistent_workers=num_workers > 0,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # of its own: the model's dropout does not depend on the workers
        )

    def set_epoch(self, epoch: int) -> None:
        """Is called by the Trainer."""
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


def readable(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a step.

    Raises:
        ValueError: if an example of theirs could not be read.
    """
    if ERROR in inputs:
        raise inputs[ERROR]
    return inputs


class _Caught(Dataset[Any]):
    def __init__(self, examples: Any) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, draw: Draw) -> Any:
        try:
            return self.examples[draw]
        except ValueError as error:
            return error


class _Collated:
    def __init__(self, collate: Callable[..., Any]) -> None:
        self.collate = collate

    def __call__(self, examples: Sequence[Any]) -> Any:
        error = next((each for each in examples if isinstance(each, ValueError)), None)
        return {ERROR: error} if error else self.collate(examples)
