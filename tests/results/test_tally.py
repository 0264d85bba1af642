"""What is reported of the decisions."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dcikit.results.bootstrap import share_interval
from dcikit.results.tally import Decision, Tally


def test_score_counts() -> None:
    tally = Tally()
    tally.count(Decision("7", "base", own=2.0, rival=1.0, chosen="caption", correct=True, truncated=2))
    tally.count(Decision("7", "m-1-sc", own=1.0, rival=1.0, chosen="swaps_0", correct=False, truncated=0))
    tally.count(Decision("9", "base", own=1.0, rival=None, chosen="9/base", correct=True, truncated=1))
    tally.exclude("no swaps negative")
    score = tally.score()
    assert (score.value, score.regions, score.tied, score.truncated) == (2 / 3, 3, 1, 3)
    assert score.excluded == {"no swaps negative": 1}
    assert score.images == {"7": (1, 2), "9": (1, 1)}


def test_nothing_scored_is_no_number() -> None:
    score = Tally().score()
    assert score.value is None
    assert score.interval is None


def test_interval_of_equal_images_has_no_width_however_uncertain_the_entries() -> None:
    assert share_interval(np.full(50, 1), np.full(50, 2)) == (0.5, 0.5)


def test_interval_needs_two_images() -> None:
    assert share_interval(np.array([1]), np.array([2])) is None


def test_interval_is_that_of_a_plain_bootstrap() -> None:
    source = random.Random(7)
    total = [source.randint(1, 9) for _ in range(120)]
    correct = [sum(source.random() < 0.4 for _ in range(n)) for n in total]
    values = []
    for _ in range(4000):
        drawn = source.choices(range(120), k=120)
        values.append(sum(correct[i] for i in drawn) / sum(total[i] for i in drawn))
    values.sort()
    low, high = share_interval(np.array(correct), np.array(total)) or (0, 0)
    assert low == pytest.approx(values[100], abs=0.01)
    assert high == pytest.approx(values[3899], abs=0.01)
    assert share_interval(np.array(correct), np.array(total)) == (low, high)
