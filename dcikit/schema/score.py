"""One score, and one decision behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A score and how it came about.

    Attributes:
        value: share of the regions that are right; None if there are none.
        interval: 95% interval of the value, bootstrap over images; None with fewer than two images.
        regions: how many were scored.
        excluded: reason -> how many were not.
        tied: regions whose own score was equalled exactly.
        truncated: captions and negatives that were cut at the model's context.
        images: image -> (right, scored) regions of it.
    """

    value: float | None
    interval: tuple[float, float] | None
    regions: int
    excluded: dict[str, int]
    tied: int
    truncated: int
    images: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Decision:
    """One region's part in one score.

    Attributes:
        image_id, key: the region.
        own: score of its own caption, the lowest of several.
        rival: the highest other score: of another region, or of the negative; None in a group of one.
        chosen: what it chose: "image_id/key" of a region, "caption", or the negative, such as "swaps_0".
        correct: whether that is right.
        truncated: how many of the texts were cut at the model's context.
    """

    image_id: str
    key: str
    own: float
    rival: float | None
    chosen: str
    correct: bool
    truncated: int

    @property
    def tied(self) -> bool:
        """Whether its own score was equalled exactly."""
        return self.own == self.rival
