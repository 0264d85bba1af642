"""Images whose texts are made in other processes, each of which has a model of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dcikit.engine.ray_map import ray_map

from .dispatcher import Dispatcher
from .request import ChatClient

R = TypeVar("R")

Work = Callable[[str, ChatClient], Awaitable[R]]
"""What is done with an image; it can be pickled."""


@dataclass(frozen=True)
class Workers:
    """The workers of a Ray cluster, which all see the release folder. An image whose worker dies is done again.

    Attributes:
        client: gives a worker its way to a model; it can be pickled.
    """

    client: Callable[[], Dispatcher]

    def __call__(self, work: Work[R], names: Sequence[str]) -> Iterator[R]:
        """The results in the order of the names."""
        return ray_map(_Worker(work, self.client), names)


class _Worker(Generic[R]):
    def __init__(self, work: Work[R], client: Callable[[], Dispatcher]) -> None:
        self._work = work
        self._new_client = client
        self._client: Dispatcher | None = None

    def __call__(self, name: str) -> R:
        self._client = self._client or self._new_client()
        return asyncio.run(self._done(name, self._client))

    async def _done(self, name: str, client: Dispatcher) -> R:
        try:
            return await self._work(name, client)
        finally:
            await client.close()
