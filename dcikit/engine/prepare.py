"""Rows -> what a model reads of them: the work that worker processes do beside the model."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dcikit.encoders.preprocessor import Preprocessor, Tokens
from dcikit.tasks.scm.entries import Entry, Negative, row_entries
from dcikit.tasks.scm.suites import needed_texts

Row = Mapping[str, Any]

Reader = Callable[[], Row]
"""Reads a row of config `sdci` when it is called."""


def row_readers(rows: Iterable[Row]) -> Iterator[Reader]:
    """Readers of rows that are there already."""
    return (partial(_itself, row) for row in rows)


def _itself(row: Row) -> Row:
    return row


@dataclass(frozen=True)
class PreparedEntry:
    """An entry whose texts are tokenized.

    Attributes:
        captions, negatives: those that the suites read; no captions: none of them reads the entry.
        truncated_captions, truncated_negatives: which were cut at the model's context.
    """

    entry: Entry
    captions: list[Tokens]
    negatives: dict[Negative, Tokens]
    truncated_captions: list[int]
    truncated_negatives: list[Negative]


@dataclass(frozen=True)
class PreparedImage:
    """The entries of a row, and their crops: name -> (crops, ...), one for each entry that is read."""

    entries: list[PreparedEntry]
    pixels: dict[str, Tensor]


class Preparation(Dataset):
    """Readers as a dataset of prepared images.

    An image that cannot be read is its `ValueError`: raised in a worker it would lose its type.
    """

    def __init__(self, readers: Sequence[Reader], preprocessor: Preprocessor, suites: tuple[str, ...]) -> None:
        self.readers = readers
        self.preprocessor = preprocessor
        self.suites = suites

    def __len__(self) -> int:
        return len(self.readers)

    def __getitem__(self, place: int) -> PreparedImage | ValueError:
        try:
            return prepare(self.readers[place](), self.preprocessor, self.suites)
        except ValueError as error:
            return error

    def in_workers(self, num_workers: int) -> Iterator[PreparedImage | ValueError]:
        """All of them in order, prepared ahead by worker processes; by this one if there are none."""
        return iter(DataLoader(self, batch_size=None, collate_fn=_as_it_is, num_workers=num_workers))


def _as_it_is(image: Any) -> Any:
    return image


def prepare(row: Row, preprocessor: Preprocessor, suites: tuple[str, ...]) -> PreparedImage:
    """Decodes the photo, cuts it, tokenizes the texts.

    Raises:
        ValueError: if the row has no photo, or one that cannot be decoded.
    """
    photo: Image.Image | None = None
    entries = []
    crops = []
    for entry in row_entries(row):
        captions, negatives = needed_texts(entry, suites)
        tokens, cut = preprocessor.tokens([*captions, *negatives.values()]) if captions else ([], [])
        n = len(captions)
        entries.append(
            PreparedEntry(
                entry,
                tokens[:n],
                dict(zip(negatives, tokens[n:], strict=True)),
                [place for place in range(n) if cut[place]],
                [which for which, is_cut in zip(negatives, cut[n:], strict=True) if is_cut],
            )
        )
        if captions:
            photo = photo or open_photo(row)
            crops.append(preprocessor.pixels(photo.crop(entry.crop_box)))
    return PreparedImage(
        entries, {name: torch.stack([crop[name] for crop in crops]) for name in crops[0]} if crops else {}
    )


def open_photo(row: Row) -> Image.Image:
    """The photo of a row, decoded, as RGB whatever its mode. Like the protocol, it ignores EXIF orientation."""
    name = row.get("file_name") or row["image_id"]
    value = row.get("image")
    if isinstance(value, Mapping):
        value = io.BytesIO(value["bytes"]) if value.get("bytes") is not None else value.get("path")
    if value is None:
        raise ValueError(f"image {name} has no photo; load the dataset with photos=True")
    try:
        image = value if isinstance(value, Image.Image) else Image.open(value)
        return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the photo {name} cannot be decoded: {error}; put the photo there again") from None
