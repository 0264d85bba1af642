"""What models that answer with patches are shown of a photo, and which masks are in it (docs/protocol.md §13)."""

from __future__ import annotations

import numpy as np

from dcikit.engine.items import Box


def middle_square(width: int, height: int) -> Box:
    """The middle square of a photo, as large as it can be."""
    side = min(width, height)
    x0, y0 = (width - side) // 2, (height - side) // 2
    return x0, y0, x0 + side, y0 + side


def why_unusable(mask: np.ndarray | None, frame: Box) -> str | None:
    """Why a mask, booleans (H, W), cannot be looked for in a frame; None if it can."""
    if mask is None:
        return "no mask"
    x0, y0, x1, y1 = frame
    area = np.count_nonzero(mask)
    if not area:
        return "an empty mask"
    return "less than half of its mask in the frame" if 2 * np.count_nonzero(mask[y0:y1, x0:x1]) < area else None
