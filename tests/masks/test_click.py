"""One object by several points: small random models against the bare model, one mask at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.tiny_sams import FRAME, make_sam, noise

from dcikit.masks.bit_mask import BitMask
from dcikit.masks.click import mask_at


@pytest.mark.parametrize("family", ["sam", "sam2"])
def test_the_best_mask_of_the_bare_model(family: str) -> None:
    sam = make_sam(family)
    photo = sam.embed(noise(FRAME, FRAME))  # as large as the model's frame: nothing is scaled on the way in
    points, inside = np.array([[20.0, 30.0], [40.0, 12.0], [5.0, 60.0]]), np.array([True, True, False])
    with torch.inference_mode():
        found = sam.model(
            **photo._embeddings,
            input_points=torch.tensor(points, dtype=torch.float32)[None, None],
            input_labels=torch.tensor([[[1, 1, 0]]]),
            multimask_output=True,
        )
    best = int(found.iou_scores.flatten().argmax())
    logits = found.pred_masks.flatten(0, 2)[best]
    expected = torch.nn.functional.interpolate(logits[None, None], (FRAME, FRAME), mode="bilinear")[0, 0] > 0
    mask = mask_at(photo, points, inside)
    assert isinstance(mask, BitMask) and 0 < mask.area < FRAME * FRAME
    assert np.mean(np.asarray(mask) != expected.numpy()) < 0.002  # pixels where the logit is 0 but for rounding
    alone = mask_at(photo, points[:1], inside[:1])
    assert alone is None or (np.asarray(alone) != np.asarray(mask)).any()
