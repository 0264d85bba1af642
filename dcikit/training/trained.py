"""What came of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trained:
    """Scores before and after, and the way between them.

    Attributes:
        before, after: results documents, as `dci eval --output` writes them; None without a split to score on.
        entries, images, fingerprint: what it was trained on.
        left_out: why some of it was left out -> how many.
        history: of each validation: epoch, all_scm, all_neg.
        best: epoch whose weights were kept.
    """

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    entries: int
    images: int
    fingerprint: str
    left_out: dict[str, int]
    history: list[dict[str, float]]
    best: float | None
