"""What came of a training."""

from __future__ import annotations

from dataclasses import dataclass

from dcikit.schema.results import Results


@dataclass(frozen=True)
class Trained:
    """Scores before and after, and the way between them.

    Attributes:
        before, after: the results; None without a split to score on.
        regions, images, fingerprint: what it was trained on.
        excluded: why some of it was excluded -> how many.
        history: of each validation: epoch, all_scm, all_neg and, where it chooses the best, loss.
        best: epoch, also a broken number, whose weights were kept.
    """

    before: Results | None
    after: Results | None
    regions: int
    images: int
    fingerprint: str
    excluded: dict[str, int]
    history: list[dict[str, float]]
    best: float | None
