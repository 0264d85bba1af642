"""Pairs of one's own: a Parquet or JSON Lines file, in two layouts.

    image, captions, negatives                        a photo, what is true of it, what is not; a string or a list each
    image_0, image_1, caption_0, caption_1            two photos, each with its caption

`subset` may stand beside them, and in the first layout `image_id`, `box` ([x0, y0, x1, y1] pixels) and `group`. A photo
is a path in the folder of the file, or bytes as `datasets.Image` stores them. A tie is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..benchmark import Benchmark, PairRow, Raw, one, pair_row


def _parse(raw: Raw, subset: str) -> Sequence[PairRow]:
    box = raw.get("box")
    facts: dict[str, Any] = {
        "image_id": raw.get("image_id"),
        "box": tuple(box) if box else None,
        "group": raw.get("group"),
        "subset": raw.get("subset"),
    }
    return one(pair_row(raw["image"], _texts(raw["captions"]), _texts(raw["negatives"]), **facts))


def _parse_square(raw: Raw, _: str) -> Sequence[PairRow]:
    texts = raw["caption_0"], raw["caption_1"]
    subset = raw.get("subset")
    return (
        pair_row(raw["image_0"], texts[:1], texts[1:], subset=subset),
        pair_row(raw["image_1"], texts[1:], texts[:1], subset=subset),
    )


def _texts(value: Any) -> list[str]:
    """A string or a list of them; null is none."""
    return [value] if isinstance(value, str) else list(value or ())


def own_benchmark(name: str, columns: Sequence[str]) -> Benchmark:
    """The benchmark of a file.

    Args:
        name: of the file.
        columns: that it has.
    """
    if "image_0" in columns:
        return Benchmark(name, _parse_square, square=True)
    return Benchmark(name, _parse, captions=None, negatives=None, macro="group" in columns)
