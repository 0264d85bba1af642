"""Scores that are a mean over groups."""

from __future__ import annotations

import random

import pytest
from pydantic import ValidationError
from support.results_documents import document

from dcikit.results.compare import compare_results
from dcikit.results.macro import MacroTally
from dcikit.schema.score import Decision, Score


def decision(image: str, correct: bool) -> Decision:
    return Decision(image, "0", 1.0, 0.0, "caption", correct, 1)


def tally(cases: list[tuple[str, str, bool]]) -> Score:
    found = MacroTally()
    for group, image, correct in cases:
        found.count(group, decision(image, correct))
    return found.score()


def test_every_group_counts_the_same() -> None:
    """on: 1 of 4; under: 1 of 1."""
    score = tally([("on", "7", True), ("on", "7", False), ("on", "8", False), ("on", "9", False), ("under", "7", True)])
    assert score.value == 0.625 and score.regions == 5 and score.truncated == 5
    assert score.images == {"7": (2, 3), "8": (0, 1), "9": (0, 1)}
    assert score.groups == {"on": {"7": (1, 2), "8": (0, 1), "9": (0, 1)}, "under": {"7": (1, 1)}}


def test_nothing_scored_is_no_number() -> None:
    found = MacroTally()
    found.exclude("no photo")
    assert found.score().value is None and found.score().excluded == {"no photo": 1}


def test_the_interval_is_that_of_a_plain_bootstrap_over_images() -> None:
    source = random.Random(7)
    cases = [(source.choice("abc"), str(source.randrange(90)), source.random() < 0.4) for _ in range(600)]
    images = sorted({image for _, image, _ in cases})
    by_image = {image: [(group, right) for group, found, right in cases if found == image] for image in images}
    values = []
    for _ in range(2000):
        drawn = [case for image in source.choices(images, k=len(images)) for case in by_image[image]]
        shares = []
        for group in "abc":
            of_group = [right for found, right in drawn if found == group]
            shares.append(sum(of_group) / len(of_group))
        values.append(sum(shares) / 3)
    values.sort()
    low, high = tally(cases).interval or (0, 0)
    assert low == pytest.approx(values[50], abs=0.01) and high == pytest.approx(values[1949], abs=0.01)


def test_a_comparison_compares_the_means() -> None:
    """B is better in the small group alone, whose only case weighs as much as the 9 of the large one."""
    large = [("large", str(image), True) for image in range(9)]
    a = tally([*large, ("small", "9", False)])
    b = tally([*large, ("small", "9", True)])
    found = compare_results(document({"pairs_macro": a}), document({"pairs_macro": b}))["pairs_macro"]
    assert (found.a, found.b, found.difference) == (0.5, 1.0, 0.5)


def test_a_value_that_its_groups_contradict_is_refused() -> None:
    score = tally([("on", "7", True), ("on", "8", False), ("under", "8", True)])
    for change in ({"value": 2 / 3}, {"groups": {"on": {"7": (1, 1)}}}):
        with pytest.raises(ValidationError):
            Score.model_validate({**score.model_dump(), **change})
    assert Score.model_validate_json(score.model_dump_json()) == score
