"""What a map is worth for a mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.slow_grounding import slow_retrieval, slow_scores

from dcikit.engine.coverage import covered
from dcikit.tasks.grounding.maps import by_chance, centre_prior, grounded, mean_inside


@pytest.mark.parametrize("seed", range(12))
def test_scores_equal_those_of_single_pixels(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width, *grid = random.integers(1, 7, 4)
    mask = random.random((height, width)) < random.choice([0.2, 0.5, 0.9])
    mask[random.integers(height), random.integers(width)] = True
    scores = random.integers(0, random.choice([2, 4, 50]), grid) / 8  # few numbers: many ties
    inside = torch.from_numpy(covered(mask, tuple(grid)))
    found = grounded(torch.from_numpy(scores), inside, height * width)
    assert found._asdict() == pytest.approx(slow_scores(scores, mask), rel=1e-12)
    chance = by_chance(inside, height * width)
    assert chance._asdict() == pytest.approx(slow_scores(np.zeros(grid), mask), rel=1e-12)
    assert chance.pointing == chance.ap == pytest.approx(mask.mean())
    maps = random.random((3, *grid))
    assert mean_inside(torch.from_numpy(maps), inside).numpy() == pytest.approx(slow_retrieval(maps, mask))


def test_worked_by_hand() -> None:
    """Four patches of 10 units; the mask has all of one, 5 of another."""
    inside = torch.tensor([[10, 5], [0, 0]])
    right = grounded(torch.tensor([[4.0, 3.0], [2.0, 1.0]]), inside, 10)
    assert right.pointing == 1.0
    assert right.iou == 12.5 / 17.5  # all of the first patch, half of the second, of which half is in the mask
    assert right.ap == pytest.approx((10 * 1 + 5 * 15 / 20) / 15)
    tied = grounded(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), inside, 10)
    assert tied.pointing == 10 / 20
    assert tied.iou == 7.5 / 22.5  # 15 of the 20 units that tie
    assert tied.ap == pytest.approx((10 * 10 / 20 + 5 * 15 / 40) / 15)
    wrong = grounded(torch.tensor([[0.0, 0.0], [1.0, 2.0]]), inside, 10)
    assert (wrong.pointing, wrong.iou) == (0.0, 0.0)
    assert wrong.ap == pytest.approx(15 / 40)
    assert by_chance(inside, 10) == (15 / 40, 15 * 15 / 40 / (30 - 15 * 15 / 40), 15 / 40)


def test_a_map_that_is_its_mask_scores_1() -> None:
    mask = np.random.default_rng(1).random((9, 6)) < 0.3
    found = grounded(torch.from_numpy(mask).double(), torch.from_numpy(covered(mask, mask.shape)), mask.size)
    assert found == (1.0, 1.0, 1.0)


def test_the_centre_prior_falls_with_the_distance() -> None:
    prior = centre_prior((3, 3), (30, 30))
    assert prior.argmax() == 4
    assert prior[0, 1] == prior[1, 0] == prior[1, 2] == prior[2, 1] > prior[0, 0] == prior[2, 2]
    even = centre_prior((4, 4), (30, 30))
    assert (even == even.max()).nonzero().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    flat = centre_prior((2, 4), (10, 40))  # distances are those of pixels
    assert flat[0, 1] == flat[1, 2] > flat[0, 0]
    wide = centre_prior((3, 3), (10, 40))
    assert wide[0, 1] > wide[1, 0]
