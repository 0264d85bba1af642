"""One score, and one decision behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""


class Section(BaseModel):
    """A part of the results document: it cannot change, no field is coerced, and none is unknown."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


Right = NonNegativeInt | NonNegativeFloat
"""How many regions are right; of a score such as IoU, in which a region can be right in part, their sum."""


class Score(Section):
    """A score and how it came about.

    Raises:
        ValueError: if a value is not a number from 0 to 1, or the counts contradict each other.
    """

    value: Share | None
    """Share of the regions that are right, see also `groups`; null if none was scored."""
    interval: tuple[Share, Share] | None
    """95% interval of the value, bootstrap over images; null with fewer than two images."""
    regions: NonNegativeInt
    """How many regions were scored."""
    excluded: dict[str, PositiveInt]
    """Reason -> how many regions the score could not use."""
    tied: NonNegativeInt
    """Regions whose own score was equalled exactly."""
    truncated: NonNegativeInt
    """Captions and negatives that were cut at the model's context."""
    images: dict[str, tuple[Right, PositiveInt]]
    """Image -> its regions that are right, and those that were scored."""
    groups: dict[str, dict[str, tuple[Right, PositiveInt]]] | None = None
    """Group -> its part of `images`: the value is the mean of the groups' shares; null: it is the share of all."""
    chance: Share | None = None
    """What a random answer gets where that depends on the regions; null: the protocol tells, or nobody knows."""

    @model_validator(mode="after")
    def _consistent(self) -> Score:
        right = sum(right for right, _ in self.images.values())
        scored = sum(scored for _, scored in self.images.values())
        for image, (right_here, scored_here) in self.images.items():
            if right_here > scored_here:
                raise ValueError(f"`images` has {right_here} right of {scored_here} scored regions for image {image}")
        if scored != self.regions:
            raise ValueError(f"`regions` is {self.regions}, `images` holds {scored} scored regions")
        if self.tied > self.regions:
            raise ValueError(f"`tied` is {self.tied} of {self.regions} regions")
        value = self._mean_of_groups() if self.groups is not None else right / scored if scored else None
        if (value is None) != (self.value is None) or not math.isclose(value or 0, self.value or 0, rel_tol=1e-9):
            where = "`images` holds" if self.groups is None else f"the groups have a mean of {value},"
            raise ValueError(f"`value` is {self.value}, {where} {right} right of {scored} scored regions")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueError(f"`interval` must have the lower end first, got {list(self.interval)}")
        return self

    def _mean_of_groups(self) -> float | None:
        """Also checks that the groups hold what `images` holds."""
        found: dict[str, list[float]] = {image: [0, 0] for image in self.images}
        shares = []
        for group, images in (self.groups or {}).items():
            for image, (right, scored) in images.items():
                found.setdefault(image, [0, 0])
                found[image][0] += right
                found[image][1] += scored
            if not images:
                raise ValueError(f"`groups` has no image in {group}")
            shares.append(sum(right for right, _ in images.values()) / sum(scored for _, scored in images.values()))
        if {image: tuple(counts) for image, counts in found.items()} != self.images:
            raise ValueError("`groups` and `images` hold other regions")
        return sum(shares) / len(shares) if shares else None


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
        share: how much of it is right, from 0 to 1, where that is no yes or no; `correct` then says: at least half.
        chance: what a random answer gets; None: that does not depend on the region.
    """

    image_id: str
    key: str
    own: float
    rival: float | None
    chosen: str
    correct: bool
    truncated: int
    share: float | None = None
    chance: float | None = None

    @property
    def right(self) -> float:
        """What it adds to its score."""
        return self.correct if self.share is None else self.share

    @property
    def tied(self) -> bool:
        """Whether its own score was equalled exactly."""
        return self.own == self.rival
