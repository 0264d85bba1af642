"""What a pair benchmark says of itself: where its rows are, what they hold, how its score is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Raw = Mapping[str, Any]
"""A row as the benchmark's own files have it, its photo not decoded."""

PairRow = dict[str, Any]
"""A row as the task reads it; see `pair_row`."""


def pair_row(
    image: Any,
    captions: Sequence[str],
    negatives: Sequence[str],
    *,
    image_id: str | None = None,
    box: tuple[int, int, int, int] | None = None,
    group: str | None = None,
    subset: str | None = None,
) -> PairRow:
    """A photo with its captions and its negatives.

    Args:
        image: bytes or path as `datasets` has them undecoded, a path in the folder of the photos, or a PIL image.
        captions, negatives: texts that are true of it, and texts that are not.
        image_id: names the photo; None: it goes by its contents.
        box: [x0, y0, x1, y1] pixels of the only part of the photo that is scored; None: all of it.
        group: which share it counts in where the score is a mean over groups.
        subset: has scores of its own; None: that of its part, see `Source`.
    """
    return {
        "image": image,
        "captions": list(captions),
        "negatives": list(negatives),
        "image_id": image_id,
        "box": box,
        "group": group,
        "subset": subset,
    }


def one(row: PairRow) -> tuple[PairRow]:
    """A row by itself, as `Benchmark.parse` returns it."""
    return (row,)


@dataclass(frozen=True)
class Source:
    """Where a part of a benchmark is on the Hub.

    Attributes:
        repo, config, split: what `load_dataset` loads.
        revision: the commit; None: the newest one, which the results then name.
        subset: what the part is called; empty where there is one part only.
    """

    repo: str
    split: str
    config: str | None = None
    revision: str | None = None
    subset: str = ""


@dataclass(frozen=True)
class Benchmark:
    """A pair benchmark.

    Attributes:
        name: what `benchmark=` calls it.
        parse: a row of its files -> its pair rows: one; of a `square` two, each photo with its caption, and the other
            photo's as its negative. The group of a row may depend on the name of its part.
        sources: its parts on the Hub; none: it is read from files alone.
        square: whether its cases are two photos with two captions.
        captions, negatives: how many a row has, for the level of chance; None: that varies.
        macro: whether there is a mean over groups.
        unscored_groups: groups that the mean leaves out.
        min_cases: smaller groups are left out as well.
        ties_right: whether a tie counts as right upstream; here it never does.
        text_only: whether captions are compared with each other as well.
        needs_photos: whether its rows hold names of photos that the user must have.
        paper: where it comes from.
    """

    name: str
    parse: Callable[[Raw, str], Sequence[PairRow]]
    sources: tuple[Source, ...] = ()
    square: bool = False
    captions: int | None = 1
    negatives: int | None = 1
    macro: bool = False
    unscored_groups: frozenset[str] = field(default_factory=frozenset)
    min_cases: int = 1
    ties_right: bool = False
    text_only: bool = False
    needs_photos: bool = False
    paper: str = ""
