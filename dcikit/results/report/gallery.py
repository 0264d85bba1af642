"""The worst failures of a result, and its scores by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcikit.schema.comparable import obstacles
from dcikit.schema.errors import DataError

from ..labels import model_label
from .failure import Explain, Failure
from .measured import Measured

if TYPE_CHECKING:
    from ..slices import Slice

SHOWN = {
    ("all_scm", "image_scm", "region_retrieval"): "The caption of another region was preferred",
    ("all_neg", "hard_neg", "base_neg"): "A wrong caption was preferred",
    ("pairs",): "A wrong caption was preferred",
    ("pairs_text",): "The other photo's caption was preferred",
    ("pairs_image",): "The other caption's photo was preferred",
}
"""Scores whose failures are shown, the first of each that a file has, and what went wrong."""


@dataclass(frozen=True)
class Gallery:
    """The failures of one file of samples.

    Attributes:
        index: which of the page's results it belongs to.
        wrong: score -> how many regions of it are wrong.
        headings: score -> what went wrong in it.
        failures: score -> the worst of them; empty without the data.
        slices: score -> the same score by slice.
        has_data: whether the data was at hand.
    """

    index: int
    has_data: bool
    wrong: dict[str, int] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
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
        parts = ("weights_sha256", "dtype", "patch_method")
        same = all(getattr(header.model, part) == getattr(each.results.model, part) for part in parts)
        if same and not obstacles(header, each.results):
            return index
    problem = f"the samples are of {model_label(header.model)}, with other weights, data or protocol than the results"
    remedy = "give the file that `dci eval --log-samples` wrote beside one of them"
    raise DataError(str(path), "", problem, remedy)


def read_gallery(path: Path, index: int, explain: Explain | None, n: int) -> Gallery:
    """The n regions of each of `SHOWN` with the largest negative margins, and the same scores by slice.

    Args:
        path: a file of `dci eval --log-samples`.
        index: which of the page's results it belongs to, see `owner`.
        explain: looks into the data that was scored; None: there is none, no failure can be shown.

    Raises:
        ValueError: if the data is not what was scored.
    """
    from ..sample_reader import score_names
    from ..slices import UNKNOWN, slices

    gallery = Gallery(index, has_data=explain is not None)
    has = set(score_names(path))
    for names, heading in SHOWN.items():
        name = next((name for name in names if name in has), None)
        if name is not None:
            worst, gallery.wrong[name] = _worst(path, name, n)
            gallery.headings[name] = heading
            gallery.failures[name] = [explain(name, decision) for decision in worst] if explain else []
            found = slices(path, name)
            if any(each.name != UNKNOWN for each in found[1:]):  # the first one is all regions
                gallery.slices[name] = found
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
