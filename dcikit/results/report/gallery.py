"""The worst failures: the crop, its own caption, and what the model preferred to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .crops import crop_jpeg
from .words import Piece, differing

Rows = Callable[[str], Mapping[str, Any]]
"""image_id -> its row of config `sdci`."""

_SCM = ("all_scm", "image_scm")
_NEG = ("all_neg", "hard_neg", "base_neg")
_SIDE = 360
_SMALL_SIDE = 120


@dataclass(frozen=True)
class Failure:
    """An entry that is wrong.

    Attributes:
        image_id, key: which.
        jpeg: its crop, base64.
        own, rival: scores of its caption and of what was chosen.
        caption, chosen: the two texts, in pieces; those of a negative's that differ are marked.
        whose: the entry or the negative that was chosen.
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
    """The failures of one per-entry file.

    Attributes:
        header: what the decisions were made with.
        wrong: score -> how many entries of it are wrong.
        failures: score -> the worst of them; empty without the data.
        has_data: whether the data was at hand.
    """

    header: Mapping[str, Any]
    has_data: bool
    wrong: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[Failure]] = field(default_factory=dict)

    @property
    def model(self) -> str:
        model = self.header["model"]
        return f"{model['name']} + {model['adapter']}" if model.get("adapter") else str(model["name"])

    def is_of(self, document: Mapping[str, Any]) -> bool:
        """Whether a results file is of the same weights, entries and protocol."""
        from dcikit.schema.comparable import obstacles

        weights = "weights_sha256"
        same = self.header["model"].get(weights) == document["model"].get(weights)
        return same and not obstacles(self.header, document)


def read_gallery(path: Path, header: Mapping[str, Any], rows: Rows | None, n: int) -> Gallery:
    """The n entries of SCM and of Neg with the largest negative margins.

    Args:
        path: a file of `dci eval --per-entry`.
        header: its header.
        rows: the data that was scored; None: there is none, nothing can be shown.

    Raises:
        ValueError: if the data is not what was scored.
    """
    from ..entries_file import score_names

    gallery = Gallery(header, has_data=rows is not None)
    has = set(score_names(path))
    read = lru_cache(maxsize=8)(rows) if rows is not None else None
    for names in (_SCM, _NEG):
        name = next((name for name in names if name in has), None)
        if name is not None:
            worst, gallery.wrong[name] = _worst(path, name, n)
            gallery.failures[name] = [_failure(decision, read, path) for decision in worst] if read else []
    return gallery


def _worst(path: Path, score: str, n: int) -> tuple[list[dict[str, Any]], int]:
    """The wrong decisions of the lowest margins, and how many wrong ones there are."""
    import numpy as np
    import pyarrow.compute as pc

    from ..entries_file import read_decisions

    columns = ["image_id", "key", "correct", "own", "rival", "margin", "chosen", "crop_area", "caption_words"]
    table = read_decisions(path, score, columns)
    wrong = table.filter(pc.invert(table["correct"]))
    order = np.argsort(wrong["margin"].to_numpy(zero_copy_only=False), kind="stable")[:n]
    return wrong.take(order).to_pylist(), len(wrong)


def _failure(decision: Mapping[str, Any], read: Rows, path: Path) -> Failure:
    from ..entry_facts import entry_facts

    image_id, key, chosen = decision["image_id"], decision["key"], decision["chosen"]
    row = read(image_id)
    region = _region(row, key, path)
    facts = entry_facts(row)[image_id, key]
    for name in ("crop_area", "caption_words"):
        if decision[name] is not None and decision[name] != getattr(facts, name):
            raise ValueError(
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
    raise ValueError(f"{path} has region {key} of image {row['image_id']}, the data has not; give what was scored")
