"""Where a model's patches lie on a photo, and how a mask is spread over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from dcikit.schema.errors import ModelError

Grid = tuple[int, int]
"""Rows and columns of patches."""


def patch_edges(settings: Mapping[str, Any], size: tuple[int, int], grid: Grid) -> tuple[Tensor, Tensor]:
    """Where the rows and the columns of patches begin and end on a photo that is resized and center-cropped.

    Args:
        settings: of the image processor, its `to_dict()`.
        size: (width, height) of the photo.
        grid: of the patches, which tile what the model sees.

    Returns:
        (rows + 1,) and (columns + 1,) pixels of the photo, float64; outside of it where the crop is padded.

    Raises:
        ModelError: if the processor resizes in another way than to a shortest edge, or to a height and width.
    """
    width, height = size
    to = settings.get("size") or {}
    if settings.get("do_resize") and set(to) == {"shortest_edge"}:
        edge, short = to["shortest_edge"], min(size)
        resized = (edge, int(edge * height / short)) if width == short else (int(edge * width / short), edge)
    elif settings.get("do_resize") and set(to) == {"height", "width"}:
        resized = (to["width"], to["height"])
    else:
        raise ModelError(
            "`image_processor` must resize to a shortest_edge, or to a height and width, for masks to be seen as it "
            f"sees photos, got {to}; train with masks=false"
        )
    crop = settings["crop_size"] if settings.get("do_center_crop") else {"width": resized[0], "height": resized[1]}
    rows, columns = grid
    return _edges(height, resized[1], crop["height"], rows), _edges(width, resized[0], crop["width"], columns)


def _edges(length: int, resized: int, seen: int, parts: int) -> Tensor:
    """The edges of equal parts of the middle `seen` pixels of a side, in pixels of the `length` it had before."""
    first = (resized - seen) // 2
    # Whole numbers up to one division: an edge between two pixels is exactly there.
    return (first * parts + seen * torch.arange(parts + 1)).double() * length / (parts * resized)


def mask_weights(mask: Tensor, edges: tuple[Tensor, Tensor]) -> Tensor:
    """The share of a mask's visible pixels on each patch.

    Args:
        mask: (height, width) of the photo, bool.
        edges: of `patch_edges`.

    Returns:
        (P,) row by row, sum 1; all 0 if no pixel is visible.
    """
    rows, columns = (_overlaps(each, length) for each, length in zip(edges, mask.shape, strict=True))
    pixels = (rows @ mask.float() @ columns.T).flatten()
    total = pixels.sum()
    return pixels / total if total else pixels


def _overlaps(edges: Tensor, length: int) -> Tensor:
    """(parts + 1,) edges -> (parts, length): how much of each pixel is in each part."""
    begin = torch.arange(length, dtype=edges.dtype)
    inside = torch.minimum(edges[1:, None], begin + 1) - torch.maximum(edges[:-1, None], begin)
    return inside.clamp(min=0).float()
