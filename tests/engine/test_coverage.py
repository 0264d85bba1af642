"""How much of a mask lies in each patch."""

from __future__ import annotations

import numpy as np
import pytest
from support.slow_grounding import slow_covered

from dcikit.engine.coverage import covered


@pytest.mark.parametrize("size", [(4, 4), (5, 7), (7, 5), (1, 9), (3, 2)])
@pytest.mark.parametrize("grid", [(1, 1), (2, 2), (2, 3), (4, 4), (7, 7)])
def test_covered_equals_a_count_of_cells(size: tuple[int, int], grid: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).random(size) < 0.4
    assert covered(mask, grid).tolist() == slow_covered(mask, grid)


def test_covered_loses_nothing_of_a_large_mask() -> None:
    mask = np.random.default_rng(0).random((1511, 1511)) < 0.5
    found = covered(mask, (37, 37))
    assert found.sum() == mask.sum() * 37 * 37
    assert covered(np.ones_like(mask), (37, 37)).tolist() == [[1511 * 1511] * 37] * 37
