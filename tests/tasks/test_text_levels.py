"""SCM with labels, captions, summaries and descriptions: against the slow reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import reference
from support.plain_rows import plain_rows

import dcikit
from dcikit.cli.results_tables import results_tables
from dcikit.engine.items import Excluded
from dcikit.schema.suites import TEXT_LEVELS
from dcikit.tasks.scm import TextLevels

Entry = dict[str, Any]
LIMIT = 3
"""Images of which every pair of a crop and a text is scored by itself."""


def texts_of(folder: Path, entry: Entry) -> dict[str, str]:
    """What is written of a region."""
    doc = reference.load(folder, f"{entry['image_id']}-data.json")
    found = {"summary": entry["captions"][0]}
    if entry["key"] == "base":
        found |= {"caption": doc["short_caption"], "description": reference.image_description(doc)}
    for mask in doc["mask_data"].values():
        if f"m-{mask['idx']}-sc" == entry["key"] and mask["mask_quality"] != 2:
            found |= {"label": mask.get("label"), "description": reference.mask_description(doc, mask)}
            if mask["mask_quality"] == 0:
                found["caption"] = mask.get("caption")
    return {level: text for level, text in found.items() if text}


@pytest.mark.parametrize("levels", [("caption", "label"), ("summary",), ("description", "caption", "summary")])
def test_scores_equal_the_reference(
    odd: Path, random_clip: Any, processor: Any, score: reference.Score, levels: tuple[str, ...]
) -> None:
    settings = {"processor": processor, "protocol": "sdci-entries", "group_size": 4, "limit": LIMIT, "cache": False}
    found = dcikit.evaluate(random_clip, odd, text=levels, **settings)
    images = [name.removesuffix("-data.json") for name in reference.names(odd, "test")[:LIMIT]]
    entries = [entry for entry in reference.entries(odd, "test") if entry["image_id"] in images]
    texts = [texts_of(odd, entry) for entry in entries]
    kept = [(entry, each) for entry, each in zip(entries, texts, strict=True) if set(levels) <= set(each)]
    assert kept
    assert list(found.scores) == [f"{level}_scm" for level in TEXT_LEVELS if level in levels]
    for level in levels:
        groups = reference.in_groups([(entry, [each[level]]) for entry, each in kept], 4)
        correct, total = reference.scm(groups, score)
        result = found.scores[f"{level}_scm"]
        assert (result.value, result.regions) == (correct / total, total == len(kept) and total)
        assert sum(result.excluded.values()) == len(entries) - len(kept)
    assert found.protocol.name == "text-levels" and found.protocol.parameters["levels"] == [
        level for level in TEXT_LEVELS if level in levels
    ]


@pytest.fixture(scope="module")
def score(random_clip: Any, processor: Any) -> reference.Score:
    return reference.clip_score(random_clip, processor)


def row() -> dict[str, Any]:
    """The photo, and a mask of each quality."""
    qualities = {"1": "ok", "2": "low_quality", "3": "bad", "4": "ok"}
    masks = [
        {"mask_id": mask_id, "label": f"label {mask_id}", "caption": "" if mask_id == "4" else f"caption {mask_id}"}
        | {"quality": quality, "description": f"description {mask_id}"}
        for mask_id, quality in qualities.items()
    ]
    keys = {"base": None, **{f"m-{mask_id}-sc": mask_id for mask_id in qualities}}
    regions = [
        {"key": key, "mask_id": mask_id, "crop_box": [0, 0, 9, 9], "captions": [f"summary {key}", "another"]}
        | {"negatives": {"basic": [], "layout": [], "swaps": ["s"]}, "clip_scores": None}
        for key, mask_id in keys.items()
    ]
    image = {"image_id": "7", "width": 9, "height": 9, "short_caption": "short", "description": "long"}
    return {**image, "masks": masks, "regions": regions, "excluded": []}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("label", [None, "label 1", "label 2", None, "label 4"]),
        ("caption", ["short", "caption 1", None, None, None]),
        ("summary", ["summary base", *(f"summary m-{number}-sc" for number in range(1, 5))]),
        ("description", ["long", "description 1", "description 2", None, "description 4"]),
    ],
)
def test_which_text_a_region_has(level: str, expected: list[str | None]) -> None:
    items = TextLevels((level,)).items(row())
    found = [None if isinstance(item, Excluded) else item.texts[level, 0] for item in items]
    assert found == expected
    assert {item.reason for item in items if isinstance(item, Excluded)} <= {f"no {level}"}


def test_the_ladder_is_one_table(odd: Path) -> None:
    results = dcikit.evaluate(dataset=odd, text=TEXT_LEVELS, protocol="sdci-entries", group_size=2, cache=False)
    [table] = results_tables(results)
    assert [record["score"] for record in table.records()] == [f"{level}_scm" for level in TEXT_LEVELS]
    regions = results.scores["label_scm"].regions
    odd_one = regions % 2
    assert [record["chance"] for record in table.records()] == [(regions // 2 + odd_one) / regions] * 4


def test_what_cannot_be_asked(odd: Path, load: Any) -> None:
    with pytest.raises(
        dcikit.ArgumentError, match="`text` must be some of label, caption, summary, description, got labl"
    ):
        dcikit.evaluate(text="labl")
    with pytest.raises(dcikit.ArgumentError, match="`distractors` does not go with `text`"):
        dcikit.evaluate(text="label", distractors=(1,))
    with pytest.raises(ValueError, match="rows of config sdci"):
        dcikit.evaluate(dataset=plain_rows(load("dci", odd)), text="label", cache=False)
    rows = plain_rows(load("sdci", odd))
    with pytest.raises(ValueError, match="columns of config dci beside those of sdci for `text`"):
        dcikit.evaluate(dataset=rows, text="label", protocol="sdci-entries", cache=False)
