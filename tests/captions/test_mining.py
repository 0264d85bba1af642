"""Which crops and sentences belong together: by hand, and against a slow reading of the rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from dcikit.captions import mining
from dcikit.captions.mining import MinedPair, mine_pairs


def at(*degrees: float) -> Tensor:
    """Vectors at these angles, of different lengths."""
    angles = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], 1) * torch.arange(1, len(degrees) + 1)[:, None]


def slow_pairs(crops: Tensor, sentences: Tensor, k: int, threshold: float) -> list[MinedPair]:
    """Every pair by itself, in float64."""
    a, b = ([row / np.sqrt((row**2).sum()) for row in each.double().numpy()] for each in (crops, sentences))
    cosines = [[math.fsum(x * y) for y in b] for x in a]
    columns = [list(column) for column in zip(*cosines, strict=True)]

    def near(row: list[float]) -> list[int]:
        return sorted(range(len(row)), key=lambda place: (-row[place], place))[:k]

    def mean(row: list[float]) -> float:
        return math.fsum(row[place] for place in near(row)) / len(near(row))

    def margin(i: int, j: int) -> float:
        beside = (mean(cosines[i]) + mean(columns[j])) / 2
        return cosines[i][j] / beside if beside > 0 else -math.inf

    found = []
    for i, row in enumerate(cosines):
        j = max(near(row), key=lambda j: (margin(i, j), -j))
        back = max(near(columns[j]), key=lambda i: (margin(i, j), -i))
        if back == i and margin(i, j) >= threshold:
            found.append(MinedPair(i, j, row[j], margin(i, j)))
    return found


def places(pairs: list[MinedPair]) -> list[tuple[int, int]]:
    return [(pair.crop, pair.sentence) for pair in pairs]


def test_two_pairs_and_a_sentence_of_nobody_by_hand() -> None:
    # Crops at 0 and 60; sentences at 20, 70 and 300. With one neighbour a pair's mean is of two cosines.
    found = mine_pairs(at(0, 60), at(20, 70, 300), neighbours=1)
    assert places(found) == [(0, 0), (1, 1)]
    assert [pair.cosine for pair in found] == pytest.approx([math.cos(math.radians(20)), math.cos(math.radians(10))])
    assert [pair.margin for pair in found] == pytest.approx([1, 1])


def test_a_sentence_that_is_near_to_everything_stands_back() -> None:
    """The third sentence is nearest to each crop, but to all of them alike: the second is more its own."""
    degrees = (0.0, 40.0)
    cosine = {d: math.cos(math.radians(d)) for d in (17, 18, 22, 23, 57, 58)}
    # Sentences at -18 (near the first crop alone), 58 (near the second alone) and 17 (near both).
    found = mine_pairs(at(*degrees), at(-18, 58, 17), neighbours=2)
    first = (cosine[17] + cosine[18]) / 2  # of the crop at 0: the sentences at 17 and -18
    second = (cosine[23] + cosine[18]) / 2  # of the crop at 40: those at 17 and 58
    own = {
        (0, 0): cosine[18] / ((first + (cosine[18] + cosine[58]) / 2) / 2),
        (0, 2): cosine[17] / ((first + (cosine[17] + cosine[23]) / 2) / 2),
        (1, 1): cosine[18] / ((second + (cosine[58] + cosine[18]) / 2) / 2),
    }
    assert cosine[17] > cosine[18] and own[0, 0] > own[0, 2]
    assert places(found) == [(0, 0), (1, 1)]
    assert [pair.margin for pair in found] == pytest.approx([own[0, 0], own[1, 1]])


def test_of_equals_the_first() -> None:
    found = mine_pairs(at(0, 0, 90), at(90, 0, 0, 90), neighbours=2)
    assert places(found) == [(0, 1), (2, 0)]


@pytest.mark.parametrize(("k", "threshold"), [(1, 1.0), (4, 1.0), (4, 1.2), (50, 0.0)])
def test_pairs_equal_a_slow_reading(k: int, threshold: float) -> None:
    generator = torch.Generator().manual_seed(k)
    crops = torch.randn(30, 6, generator=generator)
    sentences = torch.cat([crops[:12], torch.zeros(8, 6)]) + torch.randn(20, 6, generator=generator)
    found, expected = mine_pairs(crops, sentences, k, threshold), slow_pairs(crops, sentences, k, threshold)
    assert places(found) == places(expected) and found
    for pair, slow in zip(found, expected, strict=True):
        assert pair[2:] == pytest.approx(slow[2:], rel=1e-5)


def test_pairs_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    crops, sentences = (
        torch.randint(-2, 3, (count, 3), generator=generator).float() for count in (40, 50)
    )  # many ties
    crops, sentences = crops + 0.5, sentences + 0.5
    seen: list[int] = []
    one = mine_pairs(crops, sentences, callback=seen.append)
    assert seen == [40]
    for rows, columns in ((1, 1), (3, 7), (64, 2)):
        monkeypatch.setattr(mining, "ROWS", rows)
        monkeypatch.setattr(mining, "COLUMNS", columns)
        assert mine_pairs(crops, sentences) == one


@pytest.mark.parametrize("model", ["oracle", "constant", "random"])
def test_models_of_which_the_pairs_are_known(model: str) -> None:
    generator = torch.Generator().manual_seed(1)
    crops = torch.randn(50, 16, generator=generator)
    order = torch.randperm(50, generator=generator)
    sentences = {"oracle": crops[order], "random": torch.randn(50, 16, generator=generator)}
    found = places(mine_pairs(crops, sentences[model])) if model in sentences else []
    right = {(int(order[j]), j) for j in range(50)}
    if model == "oracle":
        assert set(found) == right
    elif model == "random":
        assert len(right.intersection(found)) <= 3
    else:
        same = torch.ones(50, 16)
        assert mine_pairs(same, same) == [MinedPair(0, 0, pytest.approx(1), 1.0)]


def test_what_has_no_positive_neighbour_is_nobodys() -> None:
    assert mine_pairs(at(0, 10), at(180, 190), margin=-9) == []


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0 of `sentences` holds NaN"):
        mine_pairs(at(0), torch.tensor([[torch.nan, 1]]))
