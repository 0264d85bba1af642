"""The maps of an image's captions -> how well each finds its own mask, and what knows nothing of the caption does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from dcikit.engine.items import Box, EncodedItem
from dcikit.engine.patch_map import PatchMap
from dcikit.results.tally import Decision, Score

from ..sdci_items import CAPTION
from ..task import OnDecision, TallyScorer
from .maps import Grounded, by_chance, centre_prior, grounded, mean_inside

OF_MAPS = Grounded._fields
"""Scores of a map: each also of the centre prior, and of a caption of another image."""

RETRIEVAL = "region_retrieval"
CENTRE, OTHER = "centre", "other"

SCORES = ("pointing", RETRIEVAL, "iou", "ap", *(f"{name}_{prior}" for prior in (CENTRE, OTHER) for name in OF_MAPS))
"""In the order of a table."""

NO_OTHER = "no caption of another image"

OnMap = Callable[[str, str, np.ndarray], None]
"""Is called with image, region and the map, (h, w), of its own caption."""


@dataclass(frozen=True)
class MappedImage:
    """An image with the maps of its captions.

    Attributes:
        keys: the regions, each with a caption.
        truncated: whether those were cut at the model's context.
        maps: (regions, h, w).
        covered: number of a region -> (h, w) area of its mask in each patch; of others only the caption counts.
        box: the pixels of the photo that the maps cover.
    """

    image_id: str
    keys: Sequence[str]
    truncated: Sequence[bool]
    maps: Tensor
    covered: Mapping[int, Tensor]
    box: Box

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box; a patch has their product as its area, in the units of `covered`."""
        return self.box[3] - self.box[1], self.box[2] - self.box[0]


class GroundingScorer(TallyScorer):
    """Takes encoded regions in order; those of an image are judged together, as are images that come with their maps.

    The caption of another image is one of the image before. The first image waits for the captions of the last one.

    Attributes:
        regions: how many captions were read.
        on_map: is called with the map of each region that is scored; None: nobody keeps them.
    """

    def __init__(self, on_decision: OnDecision | None = None) -> None:
        super().__init__(SCORES, on_decision)
        self.regions = 0
        self.on_map: OnMap | None = None
        self._seen: set[str] = set()
        self._group: list[EncodedItem] = []
        self._first: tuple[MappedImage, PatchMap] | None = None
        self._last: list[EncodedItem] = []

    def add(self, encoded: EncodedItem) -> None:
        """Takes the next region.

        Raises:
            ValueError: if the regions of an image are not one after another.
        """
        if self._group and self._group[0].item.image_id != encoded.item.image_id:
            self._end_image()
        self._group.append(encoded)
        if reason := encoded.item.facts["excluded"]:
            for tally in self.tallies.values():
                tally.exclude(reason)

    def finish(self) -> dict[str, Score]:
        self._end_image()
        if self._first:
            self._judge_drawn(*self._first, self._last if len(self._seen) > 1 else [])
        return super().finish()

    @property
    def images(self) -> int:
        """How many were judged."""
        return len(self._seen)

    def judge(self, image: MappedImage) -> None:
        """Judges the maps of an image's own captions.

        Raises:
            ValueError: if the image was judged before.
        """
        if image.image_id in self._seen:
            raise ValueError(f"image {image.image_id} comes twice; give each image once, its regions one after another")
        self._seen.add(image.image_id)
        self.regions += len(image.keys)
        rows, columns = image.maps.shape[1:]
        centre = centre_prior((rows, columns), image.size)
        for number in image.covered:
            if self.on_map:
                self.on_map(image.image_id, image.keys[number], image.maps[number].numpy())
            self._retrieve(image, number)
            self._judge_map(image, number, image.maps[number], "")
            self._judge_map(image, number, centre, f"_{CENTRE}")

    def judge_others(self, image: MappedImage, maps: Mapping[int, Tensor]) -> None:
        """Judges the maps, (h, w), of another image's caption for each region; those without one are excluded."""
        for number in image.covered:
            if number in maps:
                self._judge_map(image, number, maps[number], f"_{OTHER}")
                continue
            for name in OF_MAPS:
                self.tallies[f"{name}_{OTHER}"].exclude(NO_OTHER)

    def _end_image(self) -> None:
        group, self._group = self._group, []
        if not group:
            return
        image, patches = _mapped(group), group[0].encoding
        self.judge(image)
        if self._first:
            self._judge_drawn(image, patches, self._last)
        else:
            self._first = image, patches
        self._last = group

    def _judge_drawn(self, image: MappedImage, patches: PatchMap, others: list[EncodedItem]) -> None:
        maps = {}
        for number in image.covered if others else ():
            drawn = others[_drawn(image.image_id, image.keys[number], len(others))].encoding.texts[CAPTION]
            maps[number] = patches.scores(drawn[None])[0]
        self.judge_others(image, maps)

    def _judge_map(self, image: MappedImage, number: int, scores: Tensor, suffix: str) -> None:
        patch, covered = image.size[0] * image.size[1], image.covered[number]
        found, chance = grounded(scores, covered, patch), by_chance(covered, patch)
        first, second = scores.flatten().topk(2).values.tolist() if scores.numel() > 1 else (scores.item(), None)
        for name in OF_MAPS:
            share = getattr(found, name)
            decision = Decision(
                image_id=image.image_id,
                key=image.keys[number],
                own=first if name == "pointing" else share,
                rival=second if name == "pointing" else None,
                chosen=_peak(image.box, scores),
                correct=share >= 1 / 2,
                truncated=int(image.truncated[number]),
                share=share,
                chance=getattr(chance, name),
            )
            self.count(f"{name}{suffix}", decision)

    def _retrieve(self, image: MappedImage, number: int) -> None:
        """Which caption has the highest mean in the mask? Those that share the highest share the region."""
        if len(image.keys) < 2:
            self.tallies[RETRIEVAL].exclude("the only caption of its image")
            return
        means = mean_inside(image.maps, image.covered[number])
        best = means == means.max()
        share = (best[number] / best.sum()).item()
        decision = Decision(
            image_id=image.image_id,
            key=image.keys[number],
            own=means[number].item(),
            rival=means[torch.arange(len(means)) != number].max().item(),
            chosen=f"{image.image_id}/{image.keys[number if best[number] else int(means.argmax())]}",
            correct=share >= 1 / 2,
            truncated=int(image.truncated[number]),
            share=share,
            chance=1 / len(means),
        )
        self.count(RETRIEVAL, decision)


def _mapped(group: list[EncodedItem]) -> MappedImage:
    item = group[0].item
    captions = torch.stack([each.encoding.texts[CAPTION] for each in group])
    return MappedImage(
        image_id=item.image_id,
        keys=[each.item.key for each in group],
        truncated=[bool(each.truncated) for each in group],
        maps=group[0].encoding.scores(captions),
        covered={number: each.encoding.covered for number, each in enumerate(group) if each.item.facts["scored"]},
        box=cast(Box, item.box),  # each item of this task has one
    )


def _peak(box: Box, scores: Tensor) -> str:
    """x,y of the middle of the first patch that scores highest."""
    (x0, y0, x1, y1), (rows, columns) = box, scores.shape
    row, column = divmod(int(scores.argmax()), columns)
    return f"{x0 + (2 * column + 1) * (x1 - x0) // (2 * columns)},{y0 + (2 * row + 1) * (y1 - y0) // (2 * rows)}"


def _drawn(image_id: str, key: str, count: int) -> int:
    """One of so many, the same for a region in every run."""
    digest = hashlib.sha256(f"{image_id}/{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count
