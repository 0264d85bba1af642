"""Maps that somebody else computed -> images to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcikit.engine.coverage import covered
from dcikit.engine.encodings import given_embeddings
from dcikit.schema.errors import ArgumentError

from .scorer import GroundingScorer, MappedImage


def add_precomputed(
    scorer: GroundingScorer,
    image_id: Any,
    keys: Sequence[Any],
    maps: Any,
    masks: Sequence[Any],
    other_maps: Any = None,
) -> None:
    """Judges one image; the arguments are those of `dci_grounding`'s `add`.

    Raises:
        ArgumentError: if a map or a mask has another shape than it must have, or holds NaN.
    """
    where = f"image {image_id}"
    scores = _maps(maps, "maps", where, len(keys))
    others = None if other_maps is None else _maps(other_maps, "other_maps", where, len(keys))
    drawn = [None if mask is None else _mask(mask, where) for mask in masks]
    sizes = {mask.shape for mask in drawn if mask is not None}
    if len(drawn) != len(keys) or len(sizes) != 1:
        raise ArgumentError(
            f"`masks` of {where} must be as many as its {len(keys)} `keys`, of one size, and not all None, "
            f"got {len(drawn)} of {len(sizes)} sizes"
        )
    [(height, width)] = sizes
    grid = (scores.shape[1], scores.shape[2])
    image = MappedImage(
        image_id=str(image_id),
        keys=[str(key) for key in keys],
        truncated=[False] * len(keys),
        maps=scores,
        covered={n: torch.from_numpy(covered(mask, grid)) for n, mask in enumerate(drawn) if mask is not None},
        box=(0, 0, width, height),
    )
    scorer.judge(image)
    scorer.judge_others(image, {} if others is None else dict(enumerate(others)))


def _maps(value: Any, name: str, where: str, regions: int) -> Tensor:
    maps = given_embeddings(value, name, where).double()
    if maps.ndim != 3 or len(maps) != regions:
        raise ArgumentError(
            f"`{name}` of {where} must have the shape (regions, h, w), a map for each of its {regions} `keys`, "
            f"got {tuple(maps.shape)}"
        )
    if not torch.isfinite(maps).all():
        raise ArgumentError(f"`{name}` of {where} hold NaN or infinity")
    return maps


def _mask(value: Any, where: str) -> np.ndarray:
    mask = np.asarray(value)
    if mask.ndim != 2 or mask.dtype != bool or not mask.any():
        raise ArgumentError(
            f"`masks` of {where} must be boolean (H, W) arrays with something in them, or None, "
            f"got {mask.dtype} {mask.shape}"
        )
    return mask
