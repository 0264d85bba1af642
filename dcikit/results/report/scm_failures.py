"""The failures of SCM and Neg."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dcikit.schema.errors import ArgumentError

from ..region_facts import region_facts
from .crops import crop_jpeg
from .failure import SIDE, SMALL_SIDE, Explain, Failure
from .words import Piece, differing

Rows = Callable[[str], Mapping[str, Any]]
"""image_id -> its row of config `sdci`."""


def scm_failures(rows: Rows, path: Path) -> Explain:
    """Explains a decision by the row of its image, and that of the region that was chosen.

    Args:
        rows: the data that was scored.
        path: the file of samples, for errors.
    """
    read = lru_cache(maxsize=8)(rows)

    def explain(score: str, decision: Mapping[str, Any]) -> Failure:
        image_id, key, chosen = decision["image_id"], decision["key"], decision["chosen"]
        row = read(image_id)
        region = _region(row, key, path)
        _check_facts(decision, row, path)
        caption, other_jpeg = region["captions"][0], None
        if "/" in chosen:
            other_row = read(chosen.rpartition("/")[0])
            other = _region(other_row, chosen.rpartition("/")[2], path)
            pieces = [Piece(caption, False)], [Piece(other["captions"][0], False)]
            whose, other_jpeg = chosen, crop_jpeg(other_row, other["crop_box"], SMALL_SIDE)
        else:
            kind, _, place = chosen.rpartition("_")
            pieces = differing(caption, region["negatives"][kind][int(place)])
            whose = kind
        jpeg = crop_jpeg(row, region["crop_box"], SIDE)
        return Failure(image_id, key, jpeg, decision["own"], decision["rival"], *pieces, whose, other_jpeg)

    return explain


def _check_facts(decision: Mapping[str, Any], row: Mapping[str, Any], path: Path) -> None:
    image_id, key = decision["image_id"], decision["key"]
    facts = region_facts(row)[image_id, key]
    for name in ("crop_area", "caption_words"):
        if decision[name] is not None and decision[name] != getattr(facts, name):
            raise ArgumentError(
                f"{path} has `{name}` {decision[name]} for image {image_id} region {key}, the data has "
                f"{getattr(facts, name)}; give the data that was scored"
            )


def _region(row: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    for region in row["regions"]:
        if region["key"] == key:
            return region
    raise ArgumentError(f"{path} has region {key} of image {row['image_id']}, the data has not; give what was scored")
