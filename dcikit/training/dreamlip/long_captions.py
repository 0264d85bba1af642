"""The images of DCI as a map-style dataset: one item is a whole image and some sentences of its long caption."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from dcikit.engine.fingerprint import Fingerprint
from dcikit.schema.regions import BASE

from ..arrow_rows import narrowed, text_rows
from ..batches import Draw
from ..crops import Crops, RowCrops
from ..regions import Example
from .mask_keeper import MaskKeeper
from .sub_captions import row_sub_captions, with_short
from .view import Grid

COLUMNS = ("image_id", "width", "height", "short_caption", "extra_caption", "masks")
_FIELDS = ("label", "caption", "quality")


@dataclass(frozen=True)
class LongExample(Example):
    """What a step sees of an image; its `captions` are the sub-captions, K of every image.

    Attributes:
        weights: (K, P), how much each patch belongs to each sub-caption by the masks, sum 1; None: not asked for.
    """

    weights: Tensor | None = None


class LongCaptions(Dataset[LongExample]):
    """The images of rows of config `dci`, each with its short caption and K - 1 other sentences at random,
    anew in each epoch.

    No text of an image is taken twice before all were taken. An item depends on its index, the epoch and the seed
    alone. The index is an int, for epoch 0, or a `Draw`.

    With masks, a sentence on a mask has the share of the mask on each patch, one on the whole image uniform weights;
    sentences on masks that the model does not see (a center crop cuts them off) are not taken.

    Args:
        rows: a `datasets.Dataset` of config `dci`, with photos.
        crops: of the model's preprocessor.
        sub_captions: K.
        masks: whether the items have weights.
        patch_grid: (rows, columns) of the model's patches.
        seed: of what is chosen.

    Attributes:
        images: of each item the number of its row.
        excluded: why images are excluded -> how many: those without a sentence; with masks, without one on the whole
            image, which is always in view.
        fingerprint: of all sentences, see `engine.fingerprint`.

    Raises:
        ValueError: if the rows are of another config, or none has a sentence.
    """

    def __init__(
        self, rows: Any, crops: Crops, *, sub_captions: int, masks: bool, patch_grid: Grid, seed: int = 0
    ) -> None:
        missing = [name for name in COLUMNS if name not in rows.column_names]
        if missing:
            raise ValueError(
                f"`rows` must be of config dci, but has no {', '.join(missing)}; load them with "
                'load_dataset("dci", "dci", ...)'
            )
        self.rows = rows.with_format("arrow")
        self.crops = RowCrops(crops)
        self.sub_captions = sub_captions
        self.keeper = MaskKeeper(crops.preprocessor.image_processor, crops.folder, patch_grid) if masks else None
        self.seed = seed
        self.images: list[int] = []
        fingerprint = Fingerprint()
        for number, row in enumerate(text_rows(rows, COLUMNS, "masks", _FIELDS)):
            candidates = row_sub_captions(row)
            if any(candidate.mask is None or not masks for candidate in candidates):
                self.images.append(number)
                texts = [candidate.text for candidate in candidates]
                fingerprint.add([row["image_id"], BASE, (0, 0, row["width"], row["height"]), texts, {}, None])
        if not self.images:
            raise ValueError("`rows` has no image with a sentence, so there is nothing to train on")
        excluded = len(rows) - len(self.images)
        self.excluded = {"images without a sentence" + " on the whole image" * masks: excluded} if excluded else {}
        self.fingerprint = fingerprint.hexdigest()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, draw: Draw | int) -> LongExample:
        draw = Draw(draw) if isinstance(draw, int) else draw
        number = self.images[draw.index]
        row = self.rows[number]
        [texts] = narrowed(row.select(list(COLUMNS)), "masks", _FIELDS).to_pylist()
        candidates = row_sub_captions(texts)
        in_view = None
        if self.keeper:
            places = sorted({candidate.mask for candidate in candidates if candidate.mask is not None})
            in_view = self.keeper.weights(number, row, places)
            candidates = [candidate for candidate in candidates if candidate.mask in in_view]
        rng = Random(f"{self.seed}/{draw.epoch}/{draw.index}")
        chosen = with_short(candidates, self.sub_captions, rng)
        return LongExample(
            pixels=self.crops.pixels(number, row, [(0, 0, texts["width"], texts["height"])], 0),
            captions=[candidate.text for candidate in chosen],
            negative=None,
            counts=draw.counts,
            weights=torch.stack([in_view[candidate.mask] for candidate in chosen]) if in_view else None,
        )
