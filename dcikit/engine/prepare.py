"""Rows -> what a model reads of them: the work that worker processes do beside the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dcikit.encoders.preprocessor import Preprocessor, Tokens
from dcikit.files.workers import end_with_parent

from .items import Excluded, Item, Items, Label, Row
from .photo import open_mask, open_photo
from .views import View, seen

Reader = Callable[[], Row]
"""Reads a row when it is called."""


def row_readers(rows: Iterable[Row]) -> Iterator[Reader]:
    """Readers of rows that are there already."""
    return (partial(_itself, row) for row in rows)


def _itself(row: Row) -> Row:
    return row


@dataclass(frozen=True)
class PreparedImage:
    """The items of a row as a model reads them.

    Attributes:
        items: in order; `tokens` and `truncated` (texts cut at the model's context) are of each of them.
        excluded: what the task cannot use.
        pixels: name -> (crops, ...), of each item with texts a crop, or as many as it has views.
    """

    items: list[Item]
    tokens: list[Mapping[Label, Tokens]]
    truncated: list[frozenset[Label]]
    excluded: list[Excluded]
    pixels: dict[str, Tensor]


class Preparation(Dataset):
    """Readers as a dataset of prepared images.

    An error is given, not raised: raised in a worker it would lose its type.
    """

    def __init__(self, readers: Sequence[Reader], preprocessor: Preprocessor, items: Items) -> None:
        self.readers = readers
        self.preprocessor = preprocessor
        self.items = items

    def __len__(self) -> int:
        return len(self.readers)

    def __getitem__(self, index: int) -> PreparedImage | ValueError:
        try:
            return prepare(self.readers[index](), self.preprocessor, self.items)
        except ValueError as error:
            return error

    def in_workers(self, num_workers: int) -> Iterator[PreparedImage | ValueError]:
        """All of them in order, prepared ahead by worker processes; by this one if there are none."""
        options: dict[str, Any] = {"num_workers": num_workers, "worker_init_fn": end_with_parent}
        return iter(DataLoader(self, batch_size=None, collate_fn=_as_it_is, **options))


def _as_it_is(image: Any) -> Any:
    return image


def prepare(row: Row, preprocessor: Preprocessor, items: Items) -> PreparedImage:
    """Decodes the photo, cuts it, tokenizes the texts.

    Raises:
        ValueError: if the row is not one that the task reads, or has no photo.
        DataError: if the photo cannot be decoded.
    """
    wanted = items(row)
    kept = [item for item in wanted if isinstance(item, Item)]
    texts = [text for item in kept for text in item.texts.values()]
    tokens, cut = preprocessor.tokens(texts) if texts else ([], [])
    read, was_cut = iter(tokens), iter(cut)
    encoded = [item for item in kept if item.texts]
    pixels = []
    if encoded:
        photo = open_photo(row)
        pixels = [preprocessor.pixels(crop) for item in encoded for crop in _crops(photo, item)]
    return PreparedImage(
        items=[_without_masks(item) for item in kept],
        tokens=[{label: next(read) for label in item.texts} for item in kept],
        truncated=[frozenset(label for label in item.texts if next(was_cut)) for item in kept],
        excluded=[each for each in wanted if isinstance(each, Excluded)],
        pixels={name: torch.stack([crop[name] for crop in pixels]) for name in pixels[0]} if pixels else {},
    )


def _crops(photo: Image.Image, item: Item) -> Iterator[Image.Image]:
    """An item as it is looked at.

    Raises:
        DataError: if its mask cannot be decoded, or is not as large as the photo.
    """
    for view in item.views or (View("crop", item.box),):
        masked = view.mask is not None and view.kind != "crop"
        yield seen(photo, open_mask(view.mask, photo.size, str(item)) if masked else None, view)


def _without_masks(item: Item) -> Item:
    """What is passed on of an item whose pixels are there."""
    return replace(item, views=tuple(replace(view, mask=None) for view in item.views)) if item.views else item
