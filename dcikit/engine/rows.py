"""Rows of a dataset as plain Python objects, its images not decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import datasets
import pyarrow as pa

from dcikit.schema.skipped import skipped_in

_ROWS_AT_ONCE = 8


def dataset_rows(dataset: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a `Dataset`, an `IterableDataset` or any iterable of rows, in order.

    Raises:
        ValueError: if it is several splits, or nothing to iterate over.
    """
    if isinstance(dataset, (datasets.DatasetDict, datasets.IterableDatasetDict)):
        raise ValueError(f"`dataset` must be one split, got the splits {', '.join(dataset)}; take dataset[SPLIT]")
    if isinstance(dataset, (datasets.Dataset, datasets.IterableDataset)):
        yield from _undecoded(dataset)
    elif isinstance(dataset, Iterable) and not isinstance(dataset, (str, Mapping)):
        yield from dataset
    else:
        raise ValueError(
            '`dataset` must be rows of config sdci, as load_dataset("dci", "sdci", ..., split=...) gives them, '
            f"got a {type(dataset).__name__}"
        )


def _undecoded(dataset: Any) -> Iterator[Mapping[str, Any]]:
    """As Arrow, or every mask and photo would be decoded on the way."""
    tables = iter(dataset.with_format("arrow").iter(batch_size=_ROWS_AT_ONCE))
    try:
        table = next(tables, None)
    except pa.ArrowInvalid:  # a stream that went through `map` or `filter` holds decoded images
        yield from dataset
        return
    while table is not None:
        yield from table.to_pylist()
        table = next(tables, None)


def skipped_images(dataset: Any) -> list[str]:
    """Ids of the images that `load_dataset(..., on_error="skip")` skipped.

    A selection of a split, such as `test[:10]`, has those of the whole split: nobody knows where they would have been.
    `to_iterable_dataset` drops what a dataset says of itself, and them with it.
    """
    return skipped_in(getattr(getattr(dataset, "info", None), "description", None) or "")
