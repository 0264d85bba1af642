"""Where a model sees what a caption says, judged against a box as dci_grounding judges against a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from dcikit.encoders.patch_encoder import patch_encoder
from dcikit.engine.encode import encode_window
from dcikit.engine.items import Item
from dcikit.engine.prepare import prepare
from dcikit.tasks.frame import middle_square, why_unusable
from dcikit.tasks.grounding.maps import Grounded, by_chance, grounded
from dcikit.tasks.sdci_items import CAPTION

from .boxes import Box


@dataclass(frozen=True)
class PatchScores:
    """What a model says of the middle square of an image, and what that is worth for a box.

    Attributes:
        frame: the middle square, in pixels of the image.
        scores: (h, w) cosine of every patch with the caption.
        found: the scores of this map.
        chance: what a map of one score gets.
        truncated: whether the caption was cut at the model's context.
    """

    frame: Box
    scores: tuple[tuple[float, ...], ...]
    found: Grounded
    chance: Grounded
    truncated: bool

    @property
    def peak(self) -> tuple[int, int]:
        """Row and column of the first patch that scores highest."""
        best = max(map(max, self.scores))
        return next((y, row.index(best)) for y, row in enumerate(self.scores) if best in row)


def find(image: Image.Image, box: Box, caption: str, encoder: Any) -> PatchScores:
    """Runs a model as the metric does.

    Raises:
        ValueError: if less than half of the box is in the middle square.
        ModelError: if the model has no patches in the space of its texts.
    """
    x0, y0, x1, y1 = box
    mask = np.zeros((image.height, image.width), bool)
    mask[y0:y1, x0:x1] = True
    frame = middle_square(*image.size)
    if why_unusable(mask, frame):
        raise ValueError("At least half of the box must lie in the middle square, which is all that the model sees.")
    item = Item("picture", "box", frame, {CAPTION: caption}, mask=mask)
    patches = patch_encoder(encoder)
    row = {"image_id": "picture", "image": image}
    window = encode_window([prepare(row, patches.preprocessor, lambda _: [item])], patches)
    [encoded] = window.encoded(patches)
    patch_map = encoded.encoding
    [scores] = patch_map.scores(patch_map.texts[CAPTION][None])
    area = (frame[2] - frame[0]) * (frame[3] - frame[1])
    return PatchScores(
        frame=frame,
        scores=tuple(map(tuple, scores.tolist())),
        found=grounded(scores, patch_map.covered, area),
        chance=by_chance(patch_map.covered, area),
        truncated=bool(encoded.truncated),
    )
