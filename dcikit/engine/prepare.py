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

from dcikit.encoders.preprocessor import Pixels, Preprocessor, Tokens
from dcikit.files.workers import end_with_parent

from .coverage import covered
from .items import Box, Excluded, Item, Items, Label, Row
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
        items: in order, without their masks; `tokens`, `truncated` (texts cut at the model's context), `crops` and
            `covered` are of each of them.
        excluded: what the task cannot use.
        crops: which of the distinct crops are its own: one, or as many as it has views; none for an item without texts.
        covered: the area of its mask in each patch of its crop, see `coverage.covered`; None without a mask.
        pixels: name -> (crops, ...), the distinct crops.
    """

    items: list[Item]
    tokens: list[Mapping[Label, Tokens]]
    truncated: list[frozenset[Label]]
    excluded: list[Excluded]
    crops: list[list[int]]
    covered: list[Tensor | None]
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
    pixels: list[Pixels] = []
    crops: list[list[int]] = [[] for _ in kept]
    if texts:
        crops, pixels = _cut(open_photo(row), kept, preprocessor)
    return PreparedImage(
        items=[_without_masks(item) for item in kept],
        tokens=[{label: next(read) for label in item.texts} for item in kept],
        truncated=[frozenset(label for label in item.texts if next(was_cut)) for item in kept],
        excluded=[each for each in wanted if isinstance(each, Excluded)],
        crops=crops,
        covered=[_covered(item, own, pixels, preprocessor) for item, own in zip(kept, crops, strict=True)],
        pixels={name: torch.stack([crop[name] for crop in pixels]) for name in pixels[0]} if pixels else {},
    )


def _cut(photo: Image.Image, items: Sequence[Item], preprocessor: Preprocessor) -> tuple[list[list[int]], list[Pixels]]:
    """Which of the distinct crops are each item's own, and those crops: the pixels of a box are cut once.

    Raises:
        DataError: if a mask cannot be decoded, or is not as large as the photo.
    """
    pixels: list[Pixels] = []
    places: dict[Box | None, int] = {}
    crops = []
    for item in items:
        own = []
        for view in (item.views or (View("crop", item.box),)) if item.texts else ():
            masked = view.mask is not None and view.kind != "crop"
            if masked or view.box not in places:
                mask = open_mask(view.mask, photo.size, str(item)) if masked else None
                pixels.append(preprocessor.pixels(seen(photo, mask, view)))
            place = len(pixels) - 1 if masked else places.setdefault(view.box, len(pixels) - 1)
            own.append(place)
        crops.append(own)
    return crops, pixels


def _covered(item: Item, own: list[int], pixels: list[Pixels], preprocessor: Preprocessor) -> Tensor | None:
    if item.mask is None or not own:
        return None
    x0, y0, x1, y1 = item.box or (0, 0, *item.mask.shape[::-1])
    return torch.from_numpy(covered(item.mask[y0:y1, x0:x1], preprocessor.grid(pixels[own[0]])))


def _without_masks(item: Item) -> Item:
    """What is passed on of an item whose pixels are there."""
    return replace(item, mask=None, views=tuple(replace(view, mask=None) for view in item.views))
