"""The worst failures: the crop, its own caption, and what the model preferred to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcikit.schema.comparable import obstacles
from dcikit.schema.errors import ArgumentError, DataError

from ..labels import model_label
from .crops import crop_jpeg
from .measured import Measured
from .words import Piece, differing

if TYPE_CHECKING:
    from ..slices import Slice

Rows = Callable[[str], Mapping[str, Any]]
"""image_id -> its row of config `sdci`."""

_SCM = ("all_scm", "image_scm")
_NEG = ("all_neg", "hard_neg", "base_neg")
_SIDE = 360
_SMALL_SIDE = 120


@dataclass(frozen=True)
class Failure:
    """A region that is wrong.

    Attributes:
        image_id, key: which.
        jpeg: its crop, base64.
        own, rival: scores of its caption and of what was chosen.
        caption, chosen: the two texts, in pieces; those of a negative's that differ are marked.
        whose: the region or the negative that was chosen.
        other_jpeg: the crop that the chosen caption belongs to, base64; None for a negative.
    """

    image_id: str
    key: str
    jpeg: str
    own: float
    rival: float
    caption: list[Piece]
    chosen: list[Piece]
    whose: str
    other_jpeg: str | None

    @property
    def margin(self) -> float:
        return self.own - self.rival


@dataclass(frozen=True)
class Gallery:
    """The failures of one file of samples.

    Attributes:
        index: which of the page's results it belongs to.
        wrong: score -> how many regions of it are wrong.
        failures: score -> the worst of them; empty without the data.
        slices: score -> the same score by slice.
        has_data: whether the data was at hand.
    """

    index: int
    has_data: bool
    wrong: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    slices: dict[str, list[Slice]] = field(default_factory=dict)


def owner(path: Path, measured: Sequence[Measured]) -> int:
    """Index of the result that a file of samples belongs to: the same weights, precision, regions and protocol.

    Raises:
        DataError: if it belongs to none of them.
    """
    from ..sample_reader import read_header

    header = read_header(path)
    for index, each in enumerate(measured):
        same = all(
            getattr(header.model, part) == getattr(each.results.model, part) for part in ("weights_sha256", "dtype")
        )
        if same and not obstacles(header, each.results):
            return index
    problem = f"the samples are of {model_label(header.model)}, with other weights, data or protocol than the results"
    remedy = "give the file that `dci eval --log-samples` wrote beside one of them"
    raise DataError(str(path), "", problem, remedy)


def read_gallery(path: Path, index: int, rows: Rows | None, n: int) -> Gallery:
    """The n regions of SCM and of Neg with the largest negative margins, and both scores by slice.

    Args:
        path: a file of `dci eval --log-samples`.
        index: which of the page's results it belongs to, see `owner`.
        rows: the data that was scored; None: there is none, no failure can be shown.

    Raises:
        ValueError: if the data is not what was scored.
    """
    from ..sample_reader import score_names
    from ..slices import slices

    gallery = Gallery(index, has_data=rows is not None)
    has = set(score_names(path))
    read = lru_cache(maxsize=8)(rows) if rows is not None else None
    for names in (_SCM, _NEG):
        name = next((name for name in names if name in has), None)
        if name is not None:
            worst, gallery.wrong[name] = _worst(path, name, n)
            gallery.failures[name] = [_failure(decision, read, path) for decision in worst] if read else []
            gallery.slices[name] = slices(path, name)
    return gallery


def _worst(path: Path, score: str, n: int) -> tuple[list[dict[str, Any]], int]:
    """The wrong decisions of the lowest margins, and how many wrong ones there are."""
    import numpy as np
    import pyarrow.compute as pc

    from ..sample_reader import read_samples

    columns = ["image_id", "key", "correct", "own", "rival", "margin", "chosen", "crop_area", "caption_words"]
    table = read_samples(path, score, columns)
    wrong = table.filter(pc.invert(table["correct"]))
    order = np.argsort(wrong["margin"].to_numpy(zero_copy_only=False), kind="stable")[:n]
    return wrong.take(order).to_pylist(), len(wrong)


def _failure(decision: Mapping[str, Any], read: Rows, path: Path) -> Failure:
    from ..region_facts import region_facts

    image_id, key, chosen = decision["image_id"], decision["key"], decision["chosen"]
    row = read(image_id)
    region = _region(row, key, path)
    facts = region_facts(row)[image_id, key]
    for name in ("crop_area", "caption_words"):
        if decision[name] is not None and decision[name] != getattr(facts, name):
            raise ArgumentError(
                f"{path} has `{name}` {decision[name]} for image {image_id} region {key}, the data has "
                f"{getattr(facts, name)}; give the data that was scored"
            )
    caption, other_jpeg = region["captions"][0], None
    if "/" in chosen:
        other_row = read(chosen.rpartition("/")[0])
        other = _region(other_row, chosen.rpartition("/")[2], path)
        pieces = [Piece(caption, False)], [Piece(other["captions"][0], False)]
        whose, other_jpeg = chosen, crop_jpeg(other_row, other["crop_box"], _SMALL_SIDE)
    else:
        kind, _, place = chosen.rpartition("_")
        pieces = differing(caption, region["negatives"][kind][int(place)])
        whose = kind
    return Failure(
        image_id=image_id,
        key=key,
        jpeg=crop_jpeg(row, region["crop_box"], _SIDE),
        own=decision["own"],
        rival=decision["rival"],
        caption=pieces[0],
        chosen=pieces[1],
        whose=whose,
        other_jpeg=other_jpeg,
    )


def _region(row: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    for region in row["regions"]:
        if region["key"] == key:
            return region
    raise ArgumentError(f"{path} has region {key} of image {row['image_id']}, the data has not; give what was scored")
