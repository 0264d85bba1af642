"""Tiny copies of the pair benchmarks, in the layout of the copies on the Hub."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import datasets
from PIL import Image

from dcikit.tasks.pairs import BENCHMARKS

COLOURS = ("red", "green", "blue", "white")
BOX = {"x": 2, "y": 2, "w": 8, "h": 6}
SHUFFLES = {f"hard_text_{number}": f"{number} wall a" for number in range(1, 5)}


def photo(colour: str) -> Image.Image:
    return Image.new("RGB", (20, 16), colour)


FORMATS: dict[str, tuple[list[str], Any]] = {
    "sugarcrepe": (
        [source.subset for source in BENCHMARKS["sugarcrepe"].sources],
        lambda c: {"image": photo(c), "tested_labels": [f"a {c} wall", f"no {c} wall"], "true_label": 0},
    ),
    "bivlc": (
        [""],
        lambda c: {
            "image": photo(c),
            "caption": f"a {c} wall",
            "negative_caption": "a pink wall",
            "negative_image": photo("pink"),
            "type": "replace",
            "subtype": "att",
        },
    ),
    "winoground": (
        [""],
        lambda c: {"image_0": photo(c), "image_1": photo("pink"), "caption_0": f"a {c} b", "caption_1": f"b {c} a"},
    ),
    "aro-vg-relation": (
        [""],
        lambda c: (
            {"image": photo(c), "true_caption": f"{c} on a", "false_caption": f"a on {c}", "bbox": BOX}
            | {"relation_name": "on"}
        ),
    ),
    "aro-vg-attribution": (
        [""],
        lambda c: (
            {"image": photo(c), "true_caption": f"the {c} wall", "false_caption": f"{c} the wall", "bbox": BOX}
            | {"attributes": ["red", "old"]}
        ),
    ),
    "aro-coco-order": ([""], lambda c: {"images": photo(c), "correct_caption": f"a {c} wall", **SHUFFLES}),
    "aro-flickr-order": ([""], lambda c: {"images": photo(c), "correct_caption": f"a {c} wall", **SHUFFLES}),
}
"""Benchmark -> its parts, and a row of them as the copy on the Hub has it."""


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """The rows as a folder of Parquet, their photos within."""
    photos = [name for name, value in rows[0].items() if isinstance(value, Image.Image)]
    table = datasets.Dataset.from_list([{name: _bytes(value) for name, value in row.items()} for row in rows])
    for name in photos:
        table = table.cast_column(name, datasets.Image())
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / "test-00000-of-00001.parquet")
    return folder


def _bytes(value: Any) -> Any:
    if not isinstance(value, Image.Image):
        return value
    out = io.BytesIO()
    value.save(out, format="PNG")
    return {"bytes": out.getvalue(), "path": None}
