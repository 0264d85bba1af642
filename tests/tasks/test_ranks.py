"""Ranks in blocks against the full matrix, ties included."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dcikit.engine.exact import GRID, exact_unit
from dcikit.tasks.retrieval import blocks, ranks
from dcikit.tasks.retrieval.ranks import Ranks, retrieval_ranks

Counts = list[tuple[int, int]]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def signs(*shape: int, seed: int = 0) -> Tensor:
    """Vectors of length sqrt(D) whose cosines are exact and often equal."""
    return draw(*shape, seed=seed).sign()


def pairs(found: Ranks) -> Counts:
    return list(zip(found.higher.tolist(), found.tied.tolist(), strict=True))


def slow(images: Tensor, texts: Tensor, image_of: list[int]) -> tuple[Counts, Counts]:
    """§6 with the whole matrix, one cosine at a time: others strictly higher than the best own one, and as high."""

    def unit(vector: list[float]) -> list[float]:
        length = math.sqrt(math.fsum(x * x for x in vector))
        return [x / length for x in vector]

    lines, columns = [unit(row) for row in images.tolist()], [unit(row) for row in texts.tolist()]
    score = [[math.fsum(a * b for a, b in zip(line, column, strict=True)) for column in columns] for line in lines]
    i2t, t2i = [], []
    for i in range(len(lines)):
        own = max(score[i][j] for j in range(len(columns)) if image_of[j] == i)
        others = [score[i][j] for j in range(len(columns)) if image_of[j] != i]
        i2t.append((sum(x > own for x in others), sum(x == own for x in others)))
    for j, i in enumerate(image_of):
        own = score[i][j]
        others = [score[other][j] for other in range(len(lines)) if other != i]
        t2i.append((sum(x > own for x in others), sum(x == own for x in others)))
    return i2t, t2i


@pytest.fixture(params=[(2048, 4096), (7, 13), (64, 8)], ids=str)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of several sizes."""
    monkeypatch.setattr(ranks, "ROWS", request.param[0])
    monkeypatch.setattr(ranks, "COLUMNS", request.param[1])


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("make", [draw, signs])
def test_ranks_equal_the_full_matrix(make: Callable[..., Tensor]) -> None:
    images, texts = make(53, 16), make(53, 16, seed=1)
    i2t, t2i = retrieval_ranks(images, texts)
    assert (pairs(i2t), pairs(t2i)) == slow(images, texts, list(range(53)))
    assert make is draw or i2t.tied.sum() > 53


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("make", [draw, signs])
def test_several_texts_of_an_image(make: Callable[..., Tensor]) -> None:
    image_of = [*range(17), *torch.randint(17, (40,), generator=torch.Generator().manual_seed(3)).tolist()]
    images, texts = make(17, 16), make(57, 16, seed=1)
    texts[20] = texts[image_of[20]]  # of the same image: equal to its own, and no rival
    i2t, t2i = retrieval_ranks(images, texts, torch.tensor(image_of))
    assert (pairs(i2t), pairs(t2i)) == slow(images, texts, image_of)


@pytest.mark.usefixtures("block")
def test_equal_texts_are_tied_wherever_they_stand() -> None:
    images, texts = draw(200, 48), draw(200, 48, seed=1)
    texts[100:] = texts[:100]
    i2t, t2i = retrieval_ranks(images, texts)
    assert (i2t.tied == 1).all()
    assert (t2i.tied == 0).all()
    images[100:] = images[:100]
    i2t, t2i = retrieval_ranks(images, texts)
    for each in (i2t, t2i):
        assert (each.tied == 1).all()
        assert torch.equal(each.higher[:100], each.higher[100:])


@pytest.mark.usefixtures("block")
def test_a_constant_encoder_is_tied_everywhere() -> None:
    vector = draw(1, 512)
    for each in retrieval_ranks(vector.expand(60, 512), vector.expand(60, 512)):
        assert pairs(each) == [(0, 59)] * 60
        assert each.hits(1).all()


@pytest.mark.parametrize("distance", [1e-9, 1e-7, 1e-5, 1e-3])
def test_counts_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch, distance: float) -> None:
    """With scores that float32 cannot tell apart."""
    images = draw(1, 512) + distance * draw(120, 512, seed=1)
    texts = draw(1, 512) + distance * draw(120, 512, seed=2)
    one = list(map(pairs, retrieval_ranks(images, texts)))
    for rows, columns in ((9, 120), (120, 16), (37, 64)):
        monkeypatch.setattr(ranks, "ROWS", rows)
        monkeypatch.setattr(ranks, "COLUMNS", columns)
        assert list(map(pairs, retrieval_ranks(images, texts))) == one
        with monkeypatch.context() as patch:
            patch.setattr(blocks, "_DENSE", 1)  # pair by pair
            assert list(map(pairs, retrieval_ranks(images, texts))) == one
            patch.setattr(ranks, "float32_is_kept", lambda *_: False)  # all in float64
            assert list(map(pairs, retrieval_ranks(images, texts))) == one


def test_counts_are_those_of_exact_arithmetic() -> None:
    images, texts = draw(1, 64) + 1e-6 * draw(40, 64, seed=1), draw(1, 64) + 1e-6 * draw(40, 64, seed=2)
    images, texts = exact_unit(images, "images"), exact_unit(texts, "texts")
    whole = [[[int(x * GRID) for x in row] for row in each.tolist()] for each in (images, texts)]
    scores = [[sum(a * b for a, b in zip(i, j, strict=True)) for j in whole[1]] for i in whole[0]]
    found = [
        [(sum(x > row[i] for x in row), sum(x == row[i] for x in row) - 1) for i, row in enumerate(matrix)]
        for matrix in (scores, list(zip(*scores, strict=True)))
    ]
    # `retrieval_ranks` normalises once more, which may round differently: the block is asked itself.
    own = blocks.pair_scores(images, texts, torch.arange(40), torch.arange(40))
    counts = blocks.count_block(images, texts, own, own)
    for (higher, equal), expected in zip(counts, found, strict=True):
        assert list(zip(higher.tolist(), (equal - 1).tolist(), strict=True)) == expected


def test_counts_beyond_a_byte() -> None:
    """2,500 texts on an arc, and images at its start: text j is beaten by the j texts before it."""
    angles = torch.linspace(0.1, 1.5, 2500)
    images, texts = torch.tensor([[1.0, 0.0]]).expand(2500, 2), torch.stack([angles.cos(), angles.sin()], 1)
    i2t, t2i = retrieval_ranks(images, texts)
    assert i2t.higher.tolist() == list(range(2500))
    assert i2t.hits(10).sum() == 10
    assert (i2t.tied == 0).all() and (t2i.higher == 0).all() and (t2i.tied == 2499).all()


def test_lengths_and_types_do_not_matter() -> None:
    images, texts = draw(50, 32).bfloat16(), draw(50, 32, seed=1).bfloat16()
    one = list(map(pairs, retrieval_ranks(images, texts)))
    scales = torch.logspace(-20, 20, 50)[:, None]
    for other in ((images.float() * 2, texts.float() / 4), (images.double() * scales, texts.double())):
        assert list(map(pairs, retrieval_ranks(*other))) == one


def test_lower_precision_of_products_changes_nothing() -> None:
    images = draw(100, 256)
    texts = images + 3 * draw(100, 256, seed=1)
    one = list(map(pairs, retrieval_ranks(images, texts)))
    with torch.autocast("cpu", torch.bfloat16):
        assert list(map(pairs, retrieval_ranks(images, texts))) == one


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_numbers_are_refused(value: float) -> None:
    images, texts = draw(3000, 4), draw(3000, 4)
    texts[2500, 1] = value
    with pytest.raises(ValueError, match="row 2500 of `texts` holds NaN"):
        retrieval_ranks(images, texts)


@pytest.mark.parametrize(
    ("images", "texts", "image_of", "message"),
    [
        ((3, 4), (3, 5), None, "shapes"),
        ((3,), (3,), None, "shapes"),
        ((3, 4), (4, 4), None, "4 texts of 3 images"),
        ((3, 4), (3, 4), [0, 1], "for each of the 3 texts"),
        ((3, 4), (3, 4), [0, 1, 3], "for each of the 3 texts"),
        ((3, 4), (3, 4), [0, 1, 1], "row 2 of `images` has no text"),
    ],
)
def test_wrong_shapes(images: tuple[int], texts: tuple[int], image_of: list[int] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        retrieval_ranks(draw(*images), draw(*texts), None if image_of is None else torch.tensor(image_of))


def test_memory_does_not_hold_the_matrix() -> None:
    """20,000 x 20,000, whose matrix has 1.6 GB."""
    code = """
import resource, torch
from dcikit.tasks.retrieval.ranks import retrieval_ranks
torch.set_num_threads(1)
images = torch.randn(20_000, 32)
retrieval_ranks(images[:3000], images[:3000])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
i2t, t2i = retrieval_ranks(images, images)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, int(i2t.hits(1).sum()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    megabytes, hits = map(int, done.stdout.split())
    assert megabytes < 300
    assert hits == 20_000
