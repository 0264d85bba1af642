"""A mask on packed bits: 64 pixels a word, kept only where the mask is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from dcikit.data.record import Box
from dcikit.schema.errors import ArgumentError

_WORD = 64


@dataclass(frozen=True, eq=False)
class BitMask:
    """A boolean mask of an image.

    Attributes:
        height, width: of the image.
        box: the mask's bounds; all zeros if it is empty.
        area: its pixels.
        column: the first word of a row of the image that is kept.
        words: (rows of the box, words a row) uint64, the first pixel in the highest bit of the first byte.
    """

    height: int
    width: int
    box: Box
    area: int
    column: int
    words: np.ndarray

    @classmethod
    def pack(cls, mask: Any, origin: tuple[int, int] = (0, 0), size: tuple[int, int] | None = None) -> BitMask:
        """Packs a boolean array.

        Args:
            mask: boolean, (H, W).
            origin: x and y of its first pixel in the image; x must be a multiple of 64.
            size: (width, height) of the image; None: the array is as large as the image.
        """
        x, y = origin
        width, height = size or mask.shape[::-1]
        top, end = _rows(mask)
        rows = np.zeros((end - top, -(-mask.shape[1] // _WORD) * _WORD), bool)  # whole words are packed in one go
        rows[:, : mask.shape[1]] = mask[top:end]
        words = np.packbits(rows).view(np.uint64).reshape(len(rows), rows.shape[1] // _WORD)
        return cls._trimmed(height, width, y + top, x // _WORD, words)

    @classmethod
    def _trimmed(cls, height: int, width: int, top: int, column: int, words: np.ndarray) -> BitMask:
        rows = np.flatnonzero(words.any(axis=1))
        if not len(rows):
            return cls(height, width, (0, 0, 0, 0), 0, 0, np.zeros((0, 0), np.uint64))
        words = words[rows[0] : rows[-1] + 1]
        row = np.bitwise_or.reduce(words, axis=0)
        pixels = np.flatnonzero(np.unpackbits(row.view(np.uint8)))
        first, last = int(pixels[0]), int(pixels[-1])
        start = column * _WORD
        box = (start + first, top + int(rows[0]), start + last + 1, top + int(rows[-1]) + 1)
        words = np.ascontiguousarray(words[:, first // _WORD : last // _WORD + 1])
        return cls(height, width, box, _count(words), column + first // _WORD, words)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The boolean (H, W) array."""
        mask = np.zeros((self.height, self.width), bool)
        x0, y0, x1, y1 = self.box
        mask[y0:y1, x0:x1] = self.crop()
        return mask if dtype is None else mask.astype(dtype)

    def crop(self) -> np.ndarray:
        """The boolean array of its box."""
        x0, _, x1, _ = self.box
        start = self.column * _WORD
        return np.unpackbits(self.words.view(np.uint8), axis=1)[:, x0 - start : x1 - start].view(bool)

    def overlap(self, other: BitMask) -> int:
        """Pixels that are in both."""
        top, bottom = max(self.box[1], other.box[1]), min(self.box[3], other.box[3])
        left = max(self.column, other.column)
        right = min(self.column + self.words.shape[1], other.column + other.words.shape[1])
        if top >= bottom or left >= right:
            return 0
        return _count(self._words(left, top, right, bottom) & other._words(left, top, right, bottom))

    def overlaps_by(self, other: BitMask, least: int) -> bool:
        """Whether at least so many pixels are in both; counts them only where the boxes leave it open."""
        across = min(self.box[2], other.box[2]) - max(self.box[0], other.box[0])
        down = min(self.box[3], other.box[3]) - max(self.box[1], other.box[1])
        most = min(max(across, 0) * max(down, 0), self.area, other.area)
        return least <= most and (least <= 0 or self.overlap(other) >= least)

    def _words(self, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        y = self.box[1]
        return self.words[top - y : bottom - y, left - self.column : right - self.column]

    def png(self) -> bytes:
        """A 1-bit PNG as large as the image, as the release has them."""
        rows = np.zeros((self.height, -(-self.width // _WORD)), np.uint64)
        rows[self.box[1] : self.box[3], self.column : self.column + self.words.shape[1]] = self.words
        lines = np.ascontiguousarray(rows.view(np.uint8)[:, : -(-self.width // 8)])
        data = io.BytesIO()
        Image.frombytes("1", (self.width, self.height), lines.tobytes()).save(data, "PNG")
        return data.getvalue()


def union(masks: Sequence[BitMask]) -> BitMask:
    """The pixels that are in any of them."""
    kept = [mask for mask in masks if mask.area] or list(masks[:1])
    left, right = min(mask.column for mask in kept), max(mask.column + mask.words.shape[1] for mask in kept)
    top, bottom = min(mask.box[1] for mask in kept), max(mask.box[3] for mask in kept)
    words = np.zeros((bottom - top, right - left), np.uint64)
    for mask in kept:
        y, x = mask.box[1] - top, mask.column - left
        words[y : y + mask.words.shape[0], x : x + mask.words.shape[1]] |= mask.words
    return BitMask._trimmed(kept[0].height, kept[0].width, top, left, words)


def pack_all(masks: Any) -> list[BitMask]:
    """Packs boolean (H, W) masks, a list or an (N, H, W) array; those that are packed stay.

    Raises:
        ArgumentError: if one is no boolean mask, or of another size than the first.
    """
    packed: list[BitMask] = []
    for index, mask in enumerate(masks):
        if not isinstance(mask, BitMask):
            array = np.asarray(mask)
            if array.ndim != 2 or array.dtype != bool:
                raise ArgumentError(
                    f"`masks` must be boolean (H, W) arrays, got {array.dtype} {array.shape} at {index}; "
                    "give `mask > 0` of each"
                )
            mask = BitMask.pack(array)
        first = packed[0] if packed else mask
        if (mask.height, mask.width) != (first.height, first.width):
            raise ArgumentError(
                f"`masks` must be of one size, got {mask.width}x{mask.height} at {index} after "
                f"{first.width}x{first.height}; give the masks of one image"
            )
        packed.append(mask)
    return packed


def _rows(mask: np.ndarray, step: int = 32) -> tuple[int, int]:
    """A first and an end of rows outside of which the mask is empty, found without reading all of it."""
    end = len(mask)
    while end > 0 and not mask[max(end - step, 0) : end].any():
        end -= step
    return (int(np.argmax(mask)) // mask.shape[1], end) if end > 0 else (0, 0)


def _count(words: np.ndarray) -> int:
    return int(np.bitwise_count(words).sum(dtype=np.int64))
