"""A crop against the captions of ever more other regions: by hand, and against a slow reading of the rule."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from support import reference

import dcikit
from dcikit.cli.main import main
from dcikit.engine.encodings import Embeddings
from dcikit.engine.items import EncodedItem, Item
from dcikit.schema.score import Decision
from dcikit.tasks.scm import Distractors
from dcikit.tasks.scm.distractors import drawn_others


def slow_others(own: int, regions: int, count: int, seed: str) -> list[int]:
    """A whole shuffle of all others, swap by swap; the first of it."""
    generator = random.Random(seed)
    others = [other for other in range(regions) if other != own]
    for place in range(count):
        other = generator.randrange(place, len(others))
        others[place], others[other] = others[other], others[place]
    return others[:count]


def test_others_are_drawn_without_repetition() -> None:
    for own, count in ((0, 1), (3, 6), (9, 9), (5, 4)):
        found = drawn_others(own, 10, count, f"seed {own}")
        assert found == slow_others(own, 10, count, f"seed {own}")
        assert len(set(found)) == count and own not in found and set(found) <= set(range(10))
        assert drawn_others(own, 10, 9, f"seed {own}")[:count] == found


def test_others_are_drawn_evenly() -> None:
    drawn = [drawn_others(1, 4, 2, f"{seed}") for seed in range(3000)]
    for pair in ((0, 2), (0, 3), (2, 0), (2, 3), (3, 0), (3, 2)):
        assert drawn.count(list(pair)) == pytest.approx(500, abs=100)


def judged(crops: list[list[float]], texts: list[list[float]], counts: tuple[int, ...]) -> tuple[Any, list[Decision]]:
    """Scores of regions of two images each, from their embeddings; equal texts have equal tokens."""
    decisions: list[Decision] = []
    scorer = Distractors(counts).scorer(lambda _, each: decisions.append(each))
    for place, (crop, text) in enumerate(zip(crops, texts, strict=True)):
        label = ("caption", 0)
        encoding = Embeddings("", torch.tensor(crop), {label: torch.tensor(text)})
        tokens = {label: tuple(int(1000 * number) for number in text)}
        scorer.add(EncodedItem(Item(str(place // 2), str(place), None, {}), tokens, frozenset(), encoding))
    return scorer.finish(), decisions


def angle(degrees: float) -> list[float]:
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]


def test_three_regions_by_hand() -> None:
    crops = [angle(0), angle(50), angle(90)]
    texts = [angle(10), angle(80), angle(115)]
    # The first is 10 from its own caption, the second 30, its others 40 and 65; the third is 25 from its own, but 10
    # from the second's.
    found, decisions = judged(crops, texts, (2,))
    assert [decision.chosen for decision in decisions] == ["0/0", "0/1", "0/1"]
    assert found["distractors/2"].images == {"0": (2, 2), "1": (0, 1)}
    cosines = [math.cos(math.radians(degrees)) for degrees in (25, 10)]
    assert [decisions[2].own, decisions[2].rival] == pytest.approx(cosines)


@pytest.mark.parametrize("model", ["oracle", "constant", "random"])
def test_models_of_which_the_score_is_known(model: str) -> None:
    regions = 40
    generator = torch.Generator().manual_seed(0)
    crops = torch.randn(regions, 8, generator=generator).tolist()
    other = torch.randn(regions, 8, generator=generator).tolist()
    texts = {"oracle": crops, "constant": [[1.0] * 8] * regions, "random": other}[model]
    found, _ = judged(crops, texts, (1, 3, 39))
    values = [score.value for score in found.values()]
    assert list(found) == ["distractors/1", "distractors/3", "distractors/39"]
    if model == "oracle":
        assert values == [1, 1, 1]
    elif model == "constant":
        assert values == [0, 0, 0] and [score.tied for score in found.values()] == [40, 40, 40]
    else:
        assert values == sorted(values, reverse=True) and 0.3 < values[0] < 0.7 and values[2] <= 3 / 40


def test_scores_equal_a_slow_reading(odd: Path, random_clip: Any, processor: Any) -> None:
    settings = {"processor": processor, "protocol": "sdci-entries", "limit": 2, "cache": False}
    found = dcikit.evaluate(random_clip, odd, distractors=(2, 5), seed=7, **settings)
    score = reference.clip_score(random_clip, processor)
    images = [name.removesuffix("-data.json") for name in reference.names(odd, "test")[:2]]
    entries = [entry for entry in reference.entries(odd, "test") if entry["image_id"] in images]
    for count in (2, 5):
        right = 0
        for place, entry in enumerate(entries):
            others = slow_others(place, len(entries), count, f"7 {entry['image_id']}/{entry['key']}")
            rivals = [score(entry, entries[other]["captions"][0]) for other in others]
            right += score(entry, entry["captions"][0]) > max(rivals)
        assert found.scores[f"distractors/{count}"].value == right / len(entries)
    assert (found.task, found.protocol.name, found.protocol.parameters["seed"]) == ("distractors", "distractors", 7)


def test_a_larger_count_changes_no_smaller_one(odd: Path, random_clip: Any, processor: Any) -> None:
    settings = {"processor": processor, "protocol": "sdci-entries", "limit": 3, "cache": False, "views": ("region",)}
    few = dcikit.evaluate(random_clip, odd, distractors=(3,), **settings).scores
    many = dcikit.evaluate(random_clip, odd, distractors=(6, 3), batch_size=3, **settings).scores
    assert list(many) == ["distractors/3", "distractors/6"] and many["distractors/3"] == few["distractors/3"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"distractors": (0,)}, "`distractors` must be numbers of at least 1, got 0"),
        ({"distractors": ()}, "`distractors` must be numbers of at least 1, got none"),
        ({"distractors": (99,), "protocol": "sdci-entries"}, "as many as there are others, got 99"),
        ({"distractors": (1,), "suites": ("all",)}, "`suites` does not go with `distractors`; leave it out"),
        ({"seed": 1}, "`seed` is for `distractors`; leave it out"),
        ({"distractors": (1,), "blind": True}, "`blind` and `blind_encoder` are for task scm"),
    ],
)
def test_what_cannot_be_asked(odd: Path, settings: Any, message: str) -> None:
    with pytest.raises(dcikit.ArgumentError, match=message):
        dcikit.evaluate(dataset=odd, cache=False, **settings)


def test_numbers_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--distractors", "1,many"]) == 2
    assert "give numbers with commas, such as 1,10,100, got '1,many'" in " ".join(capsys.readouterr().err.split())
