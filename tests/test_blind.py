"""Baselines without the image, on texts whose answers are worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dci_metric.blind import text_baselines, without_photo


def row(image_id: str, caption: str, negative: str) -> dict[str, Any]:
    region = {
        "key": "base",
        "crop_box": [0, 0, 9, 9],
        "captions": [caption],
        "negatives": {"basic": [], "layout": [], "swaps": [negative]},
        "clip_scores": None,
    }
    return {"image_id": image_id, "regions": [region], "width": 20, "height": 10}


ROWS = [
    row("1", "a red dog", "a red dog here"),  # the negative is longer
    row("2", "a red cat", "a cat"),  # the caption is longer
    row("3", "a red bird", "a blue bird"),  # as long
]


def test_length_prefers_the_longer_text() -> None:
    score = text_baselines(lambda: ROWS)["length_swaps"]
    assert (score.value, score.entries, score.tied) == (1 / 3, 3, 1)


def test_missing_negatives_are_counted() -> None:
    scores = text_baselines(lambda: ROWS)
    assert scores["length_basic"].left_out == {"no such negative": 3}
    assert scores["unigram_hard"].value is None


def test_unigram_prefers_common_words_of_the_other_images() -> None:
    # Words of the captions: a 3, red 3, dog, cat, bird 1 each: 9 in all, 5 kinds. Without those of image 3:
    # a 2, red 2, dog 1, cat 1, so 6 words, and 6 + 5 + 1 = 12 with smoothing. Of image 3, "a red bird" has the mean
    # log of 3/12, 3/12, 1/12, and "a blue bird" that of 3/12, 1/12, 1/12: the caption wins.
    score = text_baselines(lambda: ROWS)["unigram_swaps"]
    caption = [3, 3, 1]
    longer = [3, 3, 1, 1]
    assert sum(math.log(n / 12) for n in caption) / 3 > sum(math.log(n / 12) for n in longer) / 4
    # Image 2: "a red cat" is 3, 3, 1; "a cat" is 3, 1.
    assert sum(math.log(n / 12) for n in caption) / 3 > sum(math.log(n / 12) for n in [3, 1]) / 2
    assert score.value == 1.0


def test_a_row_without_its_photo() -> None:
    image = without_photo(ROWS[0])["image"]
    assert image.size == (20, 10)
    assert image.getextrema() == ((128, 128),) * 3


def test_the_command(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from dci_cli.main import main

    assert main(["eval", "--limit", "8", "--blind", "--output", str(tmp_path / "results.json")]) == 0
    assert "Without the image" in capsys.readouterr().out
    results = json.loads((tmp_path / "results.json").read_text())
    blind = results["blind"]
    assert {"length_swaps", "unigram_hard", "blank_all_neg", "blank_hard_neg"} <= blind.keys()
    assert blind["blank_all_neg"]["entries"] == results["scores"]["all_neg"]["entries"]
    assert blind["blank_all_neg"]["value"] < results["scores"]["all_neg"]["value"]


def test_a_model_that_sees_nothing_needs_no_image(
    odd: Path, load: Callable[..., Any], metric: Any, random_clip: Any, processor: Any
) -> None:
    rows = [{**each, "image": each["image"]} for each in load("sdci", odd)]
    blank = metric.compute(model=random_clip, processor=processor, dataset=map(without_photo, rows))
    assert blank["all_caption_to_subcrop_tied"] == blank["entries"], "all crops look the same"
