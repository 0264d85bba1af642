"""The failures of a pair benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dcikit.schema.errors import ArgumentError

from .crops import crop_jpeg
from .failure import SIDE, SMALL_SIDE, Explain, Failure
from .words import differing

Cases = Callable[[str, str], Sequence[Mapping[str, Any]]]
"""image_id and key -> the row of a case, or its two rows, as the task `pairs` reads them; empty: there is none."""


def pair_failures(cases: Cases, path: Path) -> Explain:
    """Explains a decision by the rows of its case.

    Args:
        cases: the data that was scored.
        path: the file of samples, for errors.
    """

    def explain(score: str, decision: Mapping[str, Any]) -> Failure:
        image_id, key = decision["image_id"], decision["key"]
        found = cases(image_id, key)
        if not found:
            raise ArgumentError(f"{path} has case {key} of image {image_id}, the data has not; give what was scored")
        kind, _, number = decision["chosen"].rpartition("_")
        scores = decision["own"], decision["rival"]
        if kind == "negative":
            row = found[0]
            texts = differing(row["captions"][0], row["negatives"][int(number)])
            return Failure(image_id, key, _crop(row, SIDE), *scores, *texts, f"negative {int(number) + 1}")
        row, other = found[int(number)], found[1 - int(number)]
        texts = differing(row["captions"][0], other["captions"][0])
        photo = _crop(other, SMALL_SIDE) if score.startswith("pairs_image") else None
        return Failure(image_id, key, _crop(row, SIDE), *scores, *texts, "of the other photo", photo)

    return explain


def _crop(row: Mapping[str, Any], side: int) -> str:
    return crop_jpeg(row, row["box"], side)
