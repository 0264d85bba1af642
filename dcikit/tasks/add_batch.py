"""The arguments of a metric's `add_batch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def one_by_one(batch: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments of `add_batch`, each a list or tensor, as those of one `add` after another; None is not passed on.

    Raises:
        ValueError: if they are not of one length.
    """
    given = {name: values for name, values in batch.items() if values is not None}
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"the arguments must be lists of one length, got {lengths}")
    for index in range(next(iter(lengths.values()))):
        yield {name: values[index] for name, values in given.items()}
