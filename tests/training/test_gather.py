"""Losses and gradients of two processes, each with half of a batch, against those of one: in float64."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from support.clip import make_clip
from torch.nn.parallel import DistributedDataParallel

from dcikit.training.objective import RegionObjective
from dcikit.training.recipe import Recipe
from dcikit.training.regions import Example
from dcikit.training.towers import Towers

WORDS = "a red ball and two blue boxes under the green tree".split()


class Words:
    """Texts of known words as token ids; what a preprocessor does of texts."""

    def tokens(self, texts: list[str]) -> tuple[list[tuple[int, ...]], list[bool]]:
        bos, eos = 3, 4
        return [(bos, *(5 + WORDS.index(word) for word in text.split()), eos) for text in texts], [False] * len(texts)

    def padded(self, tokens: list[tuple[int, ...]]) -> dict[str, torch.Tensor]:
        longest = max(map(len, tokens))
        ids = torch.tensor([[*text, *[4] * (longest - len(text))] for text in tokens])
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in tokens])
        return {"input_ids": ids, "attention_mask": mask}


def example(index: int, n: int, counts: bool = True) -> Example:
    source = torch.Generator().manual_seed(index)
    texts = [
        " ".join(WORDS[int(at)] for at in torch.randint(len(WORDS), (3 + k,), generator=source)) for k in range(n + 1)
    ]
    pixels = {"pixel_values": torch.randn(3, 64, 64, generator=source)}
    return Example(pixels, texts[:n], texts[n] if index % 3 else None, counts)


def batches(size: int, count: int, n: int) -> list[list[Example]]:
    """A batch as the shares of `count` processes, the last one filled up."""
    share = -(-size // count)
    every = [example(index, n) for index in range(size)] + [example(0, n, counts=False)] * (share * count - size)
    return [every[rank * share : (rank + 1) * share] for rank in range(count)]


@pytest.fixture(autouse=True)
def precise() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gradients(towers: Any, recipe: Recipe, examples: list[Example]) -> dict[str, Any]:
    objective = RegionObjective(recipe, Words(), part=4)  # type: ignore[arg-type]
    loss = objective.loss(towers, objective.collate(examples))
    loss.backward()
    inner = getattr(towers, "module", towers)
    found = {name: weight.grad for name, weight in inner.named_parameters() if weight.grad is not None}
    return {"loss": loss.detach(), **found}


def process(rank: int, size: int, n: int, recipe: Recipe, folder: Path) -> None:
    torch.set_default_dtype(torch.float64)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    towers = DistributedDataParallel(Towers(make_clip(3), recipe.chunk_size))
    torch.save(gradients(towers, recipe, batches(size, 2, n)[rank]), folder / f"{rank}.pt")
    dist.barrier()
    os._exit(0)  # gloo's threads may want the GIL while a destructor, which holds it, waits for them: torch hangs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "n", "pool", "chunk_size"),
    [(6, 1, "mean", 0), (5, 3, "hardest", 0), (5, 2, "max", 2)],
)
def test_two_processes_give_the_loss_and_gradients_of_one(
    tmp_path: Path, size: int, n: int, pool: str, chunk_size: int
) -> None:
    recipe = Recipe(pool=pool, negatives_weight=9.0, chunk_size=chunk_size)
    [whole] = batches(size, 1, n)
    expected = gradients(Towers(make_clip(3)), recipe, whole)
    torch.multiprocessing.spawn(process, (size, n, recipe, tmp_path), nprocs=2)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert found.keys() == expected.keys()
        assert len(found) > 50
        for name, value in expected.items():
            assert torch.allclose(found[name], value, rtol=1e-9, atol=1e-12), name


class Counting(Towers):
    """Says how many crops are seen at a time."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sizes: list[int] = []

    def seen(self, pixels: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.sizes.append(len(pixels["pixel_values"]))
        return super().seen(pixels)


def test_chunks_give_the_loss_and_gradients_of_one_matrix_of_64() -> None:
    """The batch of the released trainer, 17 regions in memory at a time."""
    recipe = Recipe(negatives_weight=1.0)
    [whole] = batches(64, 1, 1)
    expected = gradients(Towers(make_clip(3)), recipe, whole)
    towers = Counting(make_clip(3), 17)
    found = gradients(towers, recipe, whole)
    assert sorted(towers.sizes) == [13, 13, *[17] * 6], "once forward, once backward"
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name], value, rtol=1e-9, atol=1e-12), name
