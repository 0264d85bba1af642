"""One object, by points in it and beside it."""

from __future__ import annotations

import numpy as np

from .bit_mask import BitMask
from .draw import draw_mask
from .sam import EmbeddedPhoto


def mask_at(photo: EmbeddedPhoto, points: np.ndarray, inside: np.ndarray) -> BitMask | None:
    """The mask of an object with the best predicted IoU; None if all that are predicted are empty.

    Args:
        points: (P, 2), x and y in pixels of the photo.
        inside: (P,), whether each lies in the object.
    """
    logits, pred_ious = photo.predict(points[None], inside[None])
    for index in pred_ious.argsort(descending=True):
        mask, _ = draw_mask(photo, logits[index], offset=1.0)
        if mask is not None:
            return mask
    return None
