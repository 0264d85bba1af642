"""The embedded sample is a real release whose texts and masks are true, and the tiny CLIP reads it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support import reference

from dcikit.data.release import Release

KINDS = {"basic", "layout", "swaps"}


def docs(sample: Path, split: str) -> list[dict[str, Any]]:
    names = json.loads((sample / "splits.json").read_text())[split]
    return [reference.load(sample, name, "complete") for name in names]


def test_nothing_is_wrong_with_it(sample: Path) -> None:
    release = Release(sample)
    assert set(release.splits) == {"train", "validation", "test"}
    for name in release.names("test") + release.names("validation"):
        for summaries in (True, False):
            record, defects = release.examine(name, summaries=summaries)
            assert record is not None, defects


def test_masks_are_what_they_say(sample: Path) -> None:
    for doc in docs(sample, "test")[:10]:
        for mask in doc["mask_data"].values():
            image = Image.open(io.BytesIO(base64.b64decode(mask["outer_mask"])))
            assert image.mode == "1"
            assert mask["area"] == sum(pixel > 0 for pixel in image.convert("L").tobytes()) > 0
            assert reference.bounds(doc, mask) == list(image.getbbox())


def depth(masks: dict[str, Any], mask: dict[str, Any]) -> int:
    return 1 if str(mask["parent"]) == "-1" else 1 + depth(masks, masks[str(mask["parent"])])


def test_mask_trees_are_three_deep(sample: Path) -> None:
    deepest = []
    for doc in docs(sample, "test"):
        masks = {str(mask["idx"]): mask for mask in doc["mask_data"].values()}
        deepest.append(max(depth(masks, mask) for mask in masks.values()))
    assert sum(deep >= 3 for deep in deepest) > len(deepest) / 2


def test_texts(sample: Path) -> None:
    seen = set()
    for split in ("train", "valid", "test"):
        for doc in docs(sample, split):
            seen.add(doc["extra_caption"] + doc["short_caption"])
            assert len(reference.image_description(doc).split()) > 100
            for key, captions in doc["summaries"].items():
                negatives = doc["negatives"][key]
                assert len(set(captions)) == len(captions) >= 5
                assert negatives.keys() == KINDS
                assert all(len(texts) == (3 if key == "base" else 1) for texts in negatives.values())
                assert not set(captions) & {text for texts in negatives.values() for text in texts}
                assert {f"{kind}_0" for kind in KINDS} < doc["clip_scores"][key].keys()
    assert len(seen) == sum(len(docs(sample, split)) for split in ("train", "valid", "test")), "no scene comes twice"


def test_swaps_use_the_captions_own_words(sample: Path) -> None:
    same = total = 0
    for doc in docs(sample, "test"):
        for key, captions in doc["summaries"].items():
            words = {tuple(sorted(caption.lower().strip(".").split())) for caption in captions}
            for text in doc["negatives"][key]["swaps"]:
                total += 1
                same += tuple(sorted(text.lower().strip(".").split())) in words
    assert same / total > 0.5  # the others differ in "a" and "an", or in a comma


@pytest.fixture(scope="module")
def tiny_scores(sample: Path) -> dict[str, tuple[int, int]]:
    """The tiny CLIP on the first 20 images of the test split, by the slow reference."""
    from transformers import CLIPModel, CLIPProcessor

    from dcikit.encoders.models import TINY_CLIP

    model, processor = CLIPModel.from_pretrained(TINY_CLIP).float(), CLIPProcessor.from_pretrained(TINY_CLIP)
    score = reference.clip_score(model, processor)
    entries = reference.entries(sample, "test")
    images = {entry["image_id"]: None for entry in entries}
    first = set(list(images)[:20])
    return reference.six_scores([entry for entry in entries if entry["image_id"] in first], score)


def test_the_tiny_clip_is_far_above_chance(tiny_scores: dict[str, tuple[int, int]]) -> None:
    share = {name: correct / total for name, (correct, total) in tiny_scores.items()}
    assert share["all_scm"] > 0.6  # chance: 0.125
    assert share["pick5_scm"] > 0.5
    assert share["all_neg"] > 0.75  # chance: 0.5
    assert share["neg_basic"] > 0.75
    assert share["neg_swaps"] > 0.65
    assert share["neg_layout"] > 0.55  # places are what it knows worst


def test_dci_eval_says_the_same(tiny_scores: dict[str, tuple[int, int]], tmp_path: Path) -> None:
    from dcikit.cli.main import main

    assert main(["eval", "--limit", "20", "--output", str(tmp_path / "results.json")]) == 0
    scores = json.loads((tmp_path / "results.json").read_text())["scores"]
    assert {name: scores[name]["value"] for name in tiny_scores} == {
        name: correct / total for name, (correct, total) in tiny_scores.items()
    }


def test_the_tiny_clip_is_small() -> None:
    from dcikit.encoders.models import TINY_CLIP

    assert sum(path.stat().st_size for path in TINY_CLIP.iterdir()) <= 2_000_000
