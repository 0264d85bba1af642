"""Which regions a step sees: the same ones, in the same order, on one process and on many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random

from torch.utils.data import Sampler

from dcikit.schema.errors import ArgumentError

ORDERS = ("random", "image-grouped")


@dataclass(frozen=True)
class Draw:
    """A region in an epoch.

    Attributes:
        index: of the region.
        epoch: with the seed it settles what is chosen of the region.
        counts: False if it only fills up the share of a process, and is left out of the loss.
    """

    index: int
    epoch: int = 0
    counts: bool = True


class Batches(Sampler[list[Draw]]):
    """Every region exactly once an epoch; of each global batch the share of one process.

    The last batch may be smaller, or is dropped. Where a batch cannot be shared evenly, the last processes repeat a
    region that does not count, so that the features of all of them have one shape.

    Args:
        images: of each region its image; regions of an image are one after another.
        batch_size: regions of a global batch.
        order: `random`, or `image-grouped`: images shuffled, the regions of each one after another.
        seed: of the shuffling.
        rank, count: this process is number `rank` of `count`.
        drop_last: drop a last batch that is smaller than the others.

    Raises:
        ArgumentError: if the order is unknown, nothing is left after `drop_last`, or the batch size no multiple of the
            processes.
    """

    def __init__(
        self,
        images: Sequence[int],
        batch_size: int,
        order: str = "random",
        seed: int = 0,
        rank: int = 0,
        count: int = 1,
        drop_last: bool = False,
    ) -> None:
        if order not in ORDERS:
            raise ArgumentError(f"`batches` must be one of {', '.join(ORDERS)}, got {order!r}")
        if batch_size < 1 or batch_size % count:
            raise ArgumentError(f"`batch_size` must be a multiple of the {count} processes, got {batch_size}")
        if drop_last and len(images) < batch_size:
            raise ArgumentError(
                f"`batch_size` must be at most {len(images)}, the regions there are, with dataloader_drop_last, got "
                f"{batch_size}"
            )
        self.images = images
        self.drop_last = drop_last
        self.batch_size = batch_size
        self.order = order
        self.seed = seed
        self.rank, self.count = rank, count
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of an epoch, which depends on nothing else but the seed."""
        self.epoch = epoch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.images), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[list[Draw]]:
        order = self._shuffled()
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            batch = order[start : start + self.batch_size]
            size = -(-len(batch) // self.count)
            own = batch[self.rank * size : (self.rank + 1) * size]
            filled = [Draw(batch[0], self.epoch, counts=False)] * (size - len(own))
            yield [Draw(index, self.epoch) for index in own] + filled

    def _shuffled(self) -> list[int]:
        rng = Random(f"{self.seed}/{self.epoch}")
        groups = [[index] for index in range(len(self.images))]
        if self.order == "image-grouped":
            groups = [list(group) for _, group in groupby(range(len(self.images)), key=self.images.__getitem__)]
        rng.shuffle(groups)
        return [index for group in groups for index in group]
