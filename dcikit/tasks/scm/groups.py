"""Which regions stand in one group, and the decisions of a group (docs/protocol.md §5, §11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dcikit.engine.items import EncodedItem, Label
from dcikit.results.tally import Decision

from .decisions import match_captions, match_subcrops

DIRECTIONS = {"scm": match_captions, "caption_to_subcrop": match_subcrops}
"""Each crop chooses its caption, or each caption its crop."""


GROUPED = ("all", "pick5")
"""The suites whose groups may be others than consecutive regions."""

CONSECUTIVE, SIMILAR, IN_IMAGE = GROUPINGS = ("consecutive", "similar", "similar-in-image")

Key = tuple[str, str]
"""image_id and key of a region."""


class Place(NamedTuple):
    """The number of a region's group in its suite, and how many regions that has."""

    group: int
    size: int


@dataclass(frozen=True)
class SimilarGroups:
    """Groups of regions that look alike.

    Attributes:
        weights_sha256: of the model that says so.
        places: suite -> region -> where it stands.
    """

    weights_sha256: str
    places: Mapping[str, Mapping[Key, Place]]


def group_decisions(
    group: Sequence[EncodedItem], labels: Sequence[Label], directions: Sequence[str] = tuple(DIRECTIONS)
) -> Iterator[tuple[str, Decision]]:
    """Direction and decision of every region of a group.

    Args:
        group: in the order of the dataset, at least one.
        labels: the captions that are read of each.
        directions: some of `DIRECTIONS`.
    """
    scores = group[0].encoding.between([encoded.encoding for encoded in group], labels)
    for direction in directions:
        choices = DIRECTIONS[direction](scores)
        for encoded, own, rival, chosen, correct in zip(group, *(each.tolist() for each in choices), strict=True):
            yield (
                direction,
                Decision(
                    image_id=encoded.item.image_id,
                    key=encoded.item.key,
                    own=own,
                    rival=rival if len(group) > 1 else None,
                    chosen=f"{group[chosen].item.image_id}/{group[chosen].item.key}",
                    correct=correct,
                    truncated=len(encoded.truncated.intersection(labels)),
                ),
            )
