"""The patch weights of an image's masks, each mask decoded once, kept on disk beside the crops."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from dcikit.files.images import MASK_FORMATS, ImageError, opened_image
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import DataError

from .view import Grid, mask_weights, patch_edges


class MaskKeeper:
    """Patch weights of masks; what cannot be kept is made again.

    Args:
        image_processor: of the model.
        folder: where they are kept, also for later runs.
        grid: of the model's patches.
    """

    def __init__(self, image_processor: Any, folder: Path, grid: Grid) -> None:
        self.settings = image_processor.to_dict()
        self.folder = folder
        self.grid = grid
        self.patches = grid[0] * grid[1]
        self._names: dict[int, str] = {}

    def weights(self, number: int, row: pa.Table, places: Sequence[int]) -> dict[int | None, Tensor]:
        """The (P,) weights of those masks that the model sees, by place; None: of the whole image, uniform.

        Args:
            number: of the row, to know its masks again.
            row: of config `dci`, one, as Arrow.
            places: of the masks in the row's `masks`; always the same of a row.

        Raises:
            DataError: if a mask is missing or cannot be decoded.
        """
        if number not in self._names:
            self._names[number] = self._name(row, places)
        path = self.folder / self._names[number]
        try:
            kept = load_file(path)["weights"]
        except (OSError, SafetensorError):
            kept = self._made(row, places)
            with suppress(OSError):  # a full disk is no reason to stop
                write_whole(path, save({"weights": kept}))
        in_view: dict[int | None, Tensor] = {None: torch.full((self.patches,), 1 / self.patches)}
        return in_view | {place: weights for place, weights in zip(places, kept, strict=True) if weights.any()}

    def _made(self, row: pa.Table, places: Sequence[int]) -> Tensor:
        """(masks, P)."""
        size = (row["width"][0].as_py(), row["height"][0].as_py())
        edges = patch_edges(self.settings, size, self.grid)
        made = [mask_weights(_decoded(row, place), edges) for place in places]
        return torch.stack(made) if made else torch.zeros(0, self.patches)

    def _name(self, row: pa.Table, places: Sequence[int]) -> str:
        """Changes whenever the masks, the patches or the size of the photo do."""
        digest = hashlib.sha256(json.dumps([self.grid, row["width"][0].as_py(), row["height"][0].as_py()]).encode())
        for place in places:
            digest.update(hashlib.sha256(_png(row, place)).digest())
        return f"{digest.hexdigest()[:32]}.masks.safetensors"


def _decoded(row: pa.Table, place: int) -> Tensor:
    """(height, width) bool."""
    try:
        with opened_image(_png(row, place), MASK_FORMATS) as image:
            mask = np.asarray(image if image.mode == "1" else image.convert("L"))
    except ImageError as error:
        raise DataError(_named(row, place), "", f"cannot be decoded: it {error}", "build the dataset again") from None
    return torch.from_numpy(mask > 0)


def _png(row: pa.Table, place: int) -> pa.Buffer:
    image = row["masks"][0].values[place]["mask"]
    if not image.is_valid or not image["bytes"].is_valid:
        remedy = "load the dataset with its masks, or train with masks=false"
        raise DataError(_named(row, place), "", "has no pixels", remedy)
    return image["bytes"].as_buffer()


def _named(row: pa.Table, place: int) -> str:
    return f"image {row['image_id'][0]} mask {row['masks'][0].values[place]['mask_id']}"
