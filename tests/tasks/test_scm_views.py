"""SCM with other pixels of a region, and with several of them: against the slow reference."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.plain_rows import plain_rows
from support.tiny_families import build, image_processor_of

import dcikit
from dcikit.cli.results_tables import results_notes
from dcikit.data.release import Release
from dcikit.hub.export import export_release
from dcikit.schema.comparable import obstacles

Entry = dict[str, Any]
Crop = Callable[[], Image.Image]


def evaluated(dataset: Any, model: Any, processor: Any, cache: bool = False, **settings: Any) -> Any:
    return dcikit.evaluate(model, dataset, processor=processor, protocol="sdci-entries", cache=cache, **settings)


LIMIT = 2
"""Images of which every pair of a crop and a text is scored by itself."""


@pytest.fixture(scope="module")
def score(random_clip: Any, processor: Any) -> reference.Score:
    return reference.clip_score(random_clip, processor)


def entries_of(folder: Path) -> list[Entry]:
    images = [name.removesuffix("-data.json") for name in reference.names(folder, "test")[:LIMIT]]
    return [entry for entry in reference.entries(folder, "test") if entry["image_id"] in images]


def check(found: Any, entries: list[Entry], score: reference.Score) -> None:
    for name, (correct, total) in reference.six_scores(entries, score).items():
        assert (found.scores[name].regions, found.scores[name].value) == (total, correct / total), name


def test_gray_equals_the_reference(
    odd: Path, load: Any, random_clip: Any, processor: Any, score: reference.Score
) -> None:
    masks = {}
    for row in load("sdci", odd):
        for region in row["regions"]:
            masks[row["image_id"], region["key"]] = region["mask"]

    def grayed(entry: Entry) -> Crop:
        mask = masks[entry["image_id"], entry["key"]]
        if mask is None:
            return entry["crop"]
        left, top, right, bottom = entry["crop_box"]
        if isinstance(mask, dict):  # datasets 3.x decodes no nested images
            mask = Image.open(io.BytesIO(mask["bytes"]))
        inside = np.asarray(mask.convert("L"))[top:bottom, left:right, None] > 0
        crop = np.asarray(entry["crop"]()).astype(int)
        return lambda: Image.fromarray(np.where(inside, crop, crop // 3 + 84).astype(np.uint8))

    entries = [{**entry, "crop": grayed(entry), "photo": f"gray {entry['photo']}"} for entry in entries_of(odd)]
    found = evaluated(odd, random_clip, processor, region_view="gray", limit=LIMIT)
    check(found, entries, score)
    assert found.protocol.name == "sdci-entries-views"
    assert found.protocol.parameters["region_view"] == "gray"


@pytest.mark.parametrize("reduce", ["max", "mean"])
def test_several_views_have_one_score(
    odd: Path, random_clip: Any, processor: Any, score: reference.Score, reduce: str
) -> None:
    entries = entries_of(odd)
    looks = {(entry["image_id"], entry["key"]): crops_of(odd, entry) for entry in entries}

    def reduced(entry: Entry, text: str) -> float:
        scores = [score({**entry, **look}, text) for look in looks[entry["image_id"], entry["key"]]]
        return max(scores) if reduce == "max" else fmean(scores)

    views = ("image", "parent", "region")
    found = evaluated(odd, random_clip, processor, views=views, reduce=reduce, limit=LIMIT)
    check(found, entries, reduced)
    assert found.protocol.parameters["views"] == ["region", "parent", "image"]
    assert found.protocol.parameters["reduce"] == reduce


def crops_of(folder: Path, entry: Entry) -> list[Entry]:
    """The region, its parent and the photo: of each its crop, and a key to tell it by."""
    doc = reference.load(folder, f"{entry['image_id']}-data.json")
    path = folder / "photos" / doc["image"]
    with Image.open(path) as photo:
        size = photo.size
    whole = [0, 0, *size]
    boxes = [entry["crop_box"], whole, whole]
    masks = {f"m-{mask['idx']}-sc": mask for mask in doc["mask_data"].values()}
    if entry["key"] in masks:
        parent = masks.get(f"m-{masks[entry['key']]['parent']}-sc")
        if parent is not None:
            boxes[1] = reference.crop_box(reference.bounds(doc, parent), size)
    return [{"crop": reference.crop_of(path, box), "key": str(box)} for box in boxes]


@pytest.mark.parametrize("family", ["CLIPModel", "BlipForImageTextRetrieval"])
def test_the_whole_photo_alone(odd: Path, load: Any, processor: Any, family: str) -> None:
    model = build(family, processor.tokenizer)
    both = type("Processor", (), {"image_processor": image_processor_of(family), "tokenizer": processor.tokenizer})
    rows = plain_rows(load("sdci", odd))[:2]
    found = evaluated(rows, model, both, views=("image",))
    for row in rows:
        for region in row["regions"]:
            region["crop_box"] = [0, 0, row["width"], row["height"]]
    assert found.scores == evaluated(rows, model, both).scores


def test_an_interrupted_run_goes_on(odd: Path, random_clip: Any, processor: Any) -> None:
    settings = {"views": ("region", "image"), "region_view": "blur", "limit": 2}
    first = evaluated(odd, random_clip, processor, cache=True, **settings)
    again = evaluated(odd, random_clip, processor, cache=True, **settings)
    assert again.scores == first.scores == evaluated(odd, random_clip, processor, **settings).scores


def test_parents_of_an_export(odd: Path, random_clip: Any, processor: Any, tmp_path: Path) -> None:
    export_release(Release(odd), tmp_path / "export", photos=True)
    release, export = (
        evaluated(folder, random_clip, processor, views=("region", "parent"), limit=2)
        for folder in (odd, tmp_path / "export")
    )
    assert export.scores == release.scores


def test_other_pixels_are_another_protocol(odd: Path, random_clip: Any, processor: Any) -> None:
    paper, gray = (evaluated(odd, random_clip, processor, limit=1, **each) for each in ({}, {"region_view": "gray"}))
    assert paper.protocol.name == "sdci-entries" and "region_view" not in paper.protocol.parameters
    assert obstacles(paper, gray) == ["the protocols differ: sdci-entries and sdci-entries-views"]
    assert "Shown of a region: gray: not comparable with published numbers" in results_notes(gray)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"region_view": "grey"}, "`region_view` must be one of crop, gray, blur, outline, pool, got 'grey'"),
        ({"views": ("regoin",)}, "`views` must be some of region, parent, image, got regoin"),
        ({"views": ("region", "image"), "reduce": "min"}, "`reduce` must be one of max, mean, got 'min'"),
        ({"reduce": "mean"}, "`reduce` is for several `views`, got region alone; leave it out"),
        ({"views": ("image",), "region_view": "gray"}, "`region_view` is for view region; add it to `views`"),
    ],
)
def test_views_that_cannot_be(settings: Any, message: str) -> None:
    with pytest.raises(dcikit.ArgumentError, match=message):
        dcikit.evaluate(limit=1, cache=False, **settings)


def test_rows_without_what_a_view_needs(odd: Path, load: Any, random_clip: Any, processor: Any) -> None:
    rows = plain_rows(load("sdci", odd))
    with pytest.raises(ValueError, match="columns of config dci beside those of sdci for view parent"):
        evaluated(rows, random_clip, processor, views=("parent",))
    for row in rows:
        for region in row["regions"]:
            region["mask"] = None
    with pytest.raises(dcikit.DataError, match="`mask`: the region has no mask, which view outline needs"):
        evaluated(rows, random_clip, processor, region_view="outline")
