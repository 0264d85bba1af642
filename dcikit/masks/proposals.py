"""The masks that a model sees in a photo, before any of them is compared with the others for the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from dcikit.schema.errors import ArgumentError

from .bit_mask import BitMask
from .boxes import suppress
from .draw import draw_mask
from .islands import without_specks
from .points import edge_points, grid_points
from .sam import EmbeddedPhoto, Sam


@dataclass(frozen=True)
class ProposeSettings:
    """How masks are proposed; the defaults are those of DCI.

    Attributes:
        points_per_side: of the grid.
        edges: ask for the masks of points on edges too.
        points_per_batch: changes speed and memory only.
        pred_iou_threshold: what the model must think of a mask, at least.
        stability_threshold: the least stability score, the share of the pixels of logits above `-stability_offset` that
            are above `stability_offset`.
        nms_threshold: IoU of two boxes above which only the better mask stays.
        min_region_area: pixels of a hole or an island that is kept.
        seed: of the edge points.
    """

    points_per_side: int = 50
    edges: bool = True
    points_per_batch: int = 64
    pred_iou_threshold: float = 0.8
    stability_threshold: float = 0.94
    stability_offset: float = 1.0
    nms_threshold: float = 0.97
    min_region_area: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("points_per_side", "points_per_batch"):
            if getattr(self, name) < 1:
                raise ArgumentError(f"`{name}` must be at least 1, got {getattr(self, name)}")


class Proposals(NamedTuple):
    """Masks and the score of each, predicted IoU x stability²: what `group_masks` and `build_tree` take."""

    masks: list[BitMask]
    scores: list[float]


class _Candidate(NamedTuple):
    mask: BitMask
    pred_iou: float
    stability: float

    @property
    def score(self) -> float:
        return self.pred_iou * self.stability**2


def propose(photo: Image.Image, sam: Sam, settings: ProposeSettings | None = None) -> Proposals:
    """Asks a model for the masks of a grid of points, and of points on edges (DCI's preparation).

    Grid and edge points are two lists, each without masks whose boxes nearly coincide; what is in both is for
    `group_masks` to find. The photo is embedded once; of the masks of a batch only those that pass are drawn, each
    within its own bounds.

    Args:
        photo: RGB; its EXIF orientation is not applied.
        sam: of `load_sam`.
        settings: None: DCI's.
    """
    settings = settings or ProposeSettings()
    embedded = sam.embed(photo)
    lists = [grid_points(photo.size, settings.points_per_side)]
    if settings.edges:
        lists.append(edge_points(photo, settings.seed))
    found = [candidate for points in lists for candidate in _distinct(_ask(embedded, points, settings), settings)]
    return Proposals([candidate.mask for candidate in found], [candidate.score for candidate in found])


def _ask(photo: EmbeddedPhoto, points: np.ndarray, settings: ProposeSettings) -> Iterator[_Candidate]:
    """The masks of the points that pass both thresholds."""
    for start in range(0, len(points), settings.points_per_batch):
        logits, pred_ious = photo.predict(points[start : start + settings.points_per_batch])
        passed = pred_ious > settings.pred_iou_threshold
        for cells, pred_iou in zip(logits[passed], pred_ious[passed].tolist(), strict=True):
            mask, stability = draw_mask(photo, cells, settings.stability_offset)
            if mask is not None and stability >= settings.stability_threshold:
                yield _Candidate(mask, pred_iou, stability)


def _distinct(found: Iterator[_Candidate], settings: ProposeSettings) -> list[_Candidate]:
    """Suppressed by predicted IoU, cleaned of specks, suppressed again: a mask that was clean is better."""
    candidates = list(found)
    boxes = [candidate.mask.box for candidate in candidates]
    kept = suppress(boxes, [candidate.pred_iou for candidate in candidates], settings.nms_threshold)
    before = [candidates[index] for index in kept]
    after = [each._replace(mask=without_specks(each.mask, settings.min_region_area)) for each in before]
    is_clean = [float(new.mask is old.mask) for new, old in zip(after, before, strict=True)]
    boxes = [candidate.mask.box for candidate in after]
    return [after[index] for index in suppress(boxes, is_clean, settings.nms_threshold)]
