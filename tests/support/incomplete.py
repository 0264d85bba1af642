"""A release of 24 complete images, and every way in which one of them can be incomplete."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from .odd_release import Doc, Maker, edit, file_bytes, make_doc, make_mask, write_release

IMAGES = [f"{number}-data.json" for number in range(600001, 600025)]
SIZE = (280, 260)
KEY = "m-4-sc"
"""The subcrop of each image, mask 4. Masks 5, 6 and 7, of quality 0, 1 and 2, are too small for one."""

Change = Callable[[Doc], object]


def make_complete_release(folder: Path) -> Path:
    """All images in split test, each with two regions."""
    maker = Maker(6)
    docs, photos = {}, {}
    for name in IMAGES:
        image = f"sa_{name.removesuffix('-data.json')}.jpg"
        masks = [
            make_mask(SIZE, 4, (10, 8, 250, 240), requirements=[5]),
            make_mask(SIZE, 5, (20, 20, 60, 90), parent=4),
            make_mask(SIZE, 6, (70, 20, 90, 90), mask_quality=1, caption=""),
            make_mask(SIZE, 7, (100, 20, 120, 90), mask_quality=2, label="", caption=""),
        ]
        docs[name] = make_doc(image, SIZE, masks)
        maker.describe(docs[name], "base", captions=7, negatives=3)
        maker.describe(docs[name], KEY, captions=5)
        photos[image] = file_bytes(maker.photo(SIZE))
    return write_release(folder, docs, photos, {"train": [], "valid": [], "test": IMAGES})


def changed(folder: Path, complete: Path, changes: Mapping[str, Change]) -> Path:
    """The release with these images changed; its photos are those of `complete`."""
    shutil.copytree(complete, folder, ignore=shutil.ignore_patterns("photos"))
    (folder / "photos").symlink_to(complete / "photos")
    for name, change in changes.items():
        edit(folder, name, change, kinds=["complete"])
        edit(folder, name, lambda doc, name=name: _follow(doc, folder, name), kinds=["annotations"])
    return folder


def _follow(doc: Doc, folder: Path, name: str) -> None:
    """The masks of `annotations/` are those of `complete/`."""
    import json

    doc["mask_data"] = json.loads((folder / "complete" / name).read_text())["mask_data"]


def _without(*path: str) -> Change:
    """Removes a key."""

    def change(doc: Doc) -> None:
        for name in path[:-1]:
            doc = doc[name]
        del doc[path[-1]]

    return change


def _with(value: object, *path: str) -> Change:
    """Changes a value."""

    def change(doc: Doc) -> None:
        for name in path[:-1]:
            doc = doc[name]
        doc[path[-1]] = value

    return change


def _both(*changes: Change) -> Change:
    return lambda doc: [change(doc) for change in changes]


def _no_subcrop(doc: Doc) -> None:
    doc["mask_data"], doc["mask_keys"] = {}, []
    for part in ("summaries", "negatives", "clip_scores"):
        del doc[part][KEY]


ODD: dict[str, Change] = {
    "no summaries": _without("summaries"),
    "no negatives": _without("negatives"),
    "no clip_scores": _without("clip_scores"),
    "a small mask without caption": _without("mask_data", "5", "caption"),
    "a small mask without label": _without("mask_data", "5", "label"),
    "a label that is null": _with(None, "mask_data", "5", "label"),
    "a low quality without label": _without("mask_data", "6", "label"),
    "a low quality without caption": _without("mask_data", "6", "caption"),
    "a bad mask without both": _both(_without("mask_data", "7", "label"), _without("mask_data", "7", "caption")),
    "a bad subcrop without caption": _both(
        _without("mask_data", "4", "caption"), _with(2, "mask_data", "4", "mask_quality")
    ),
    "a low quality subcrop without caption": _both(
        _without("mask_data", "4", "caption"), _with(1, "mask_data", "4", "mask_quality")
    ),
    "no subcrop": _no_subcrop,
    "negatives of a subcrop alone": _without("negatives", "base"),
    "no summary of a subcrop": _without("summaries", KEY),
    "no summary of base": _without("summaries", "base"),
    "an empty list": _with([], "summaries", KEY),
    "an empty list of base": _with([], "summaries", "base"),
    "an empty text": _with("", "summaries", KEY),
    "a list of an empty text": _with([""], "summaries", KEY),
    "a plain string": _with("a plain string", "summaries", KEY),
    "a plain string of base": _with("a plain string", "summaries", "base"),
    "a list of three": _with(["one", "two", "three"], "summaries", KEY),
    "no negatives of a subcrop": _both(_without("negatives", KEY), _with({"basic": ["x"]}, "negatives", "m-5-sc")),
    "empty negatives": _with({}, "negatives", KEY),
    "no swaps": _without("negatives", KEY, "swaps"),
    "empty swaps": _with([], "negatives", KEY, "swaps"),
    "no swaps of base": _with([], "negatives", "base", "swaps"),
    "a list of three without swaps": _both(
        _with(["one", "two", "three"], "summaries", KEY), _without("negatives", KEY, "swaps")
    ),
    "no layout": _without("negatives", KEY, "layout"),
    "no clip_scores of a subcrop": _without("clip_scores", KEY),
    "no clip_scores of base": _without("clip_scores", "base"),
    "a negative without its score": _without("clip_scores", KEY, "layout_0"),
    "no score of the caption": _without("clip_scores", KEY, "sum"),
}
"""What one image lacks -> the change to its file of `complete/`."""
