"""Option `--split`: one of the release's, or all of them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dcikit.schema.errors import ArgumentError

if TYPE_CHECKING:
    from dcikit.data.release import Release


class Split(str, Enum):
    all = "all"
    train = "train"
    validation = "validation"
    test = "test"


def chosen_names(release: Release, split: Split, limit: int | None) -> list[str]:
    """The annotation files of a split, or of all of them, in order; only the first `limit`.

    Raises:
        ArgumentError: if there is none.
    """
    names = (release.all_names if split is Split.all else release.splits.get(split.value, []))[:limit]
    if not names:
        raise ArgumentError(f"`--split` must be one with images, {split.value} has none")
    return names
