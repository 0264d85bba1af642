"""Images that are described in other processes, each of which has a model of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dcikit.data.release import Release
from dcikit.engine.ray_map import ray_map

from ..dispatcher import Dispatcher
from .describer import Describer
from .image import ImageResult, describe_image


@dataclass(frozen=True)
class Workers:
    """The workers of a Ray cluster, which all see the release folder. An image whose worker dies is described again.

    Attributes:
        client: gives a worker its way to a model; it can be pickled.
    """

    client: Callable[[], Dispatcher]

    def __call__(self, release: Release, describer: Describer, names: Sequence[str]) -> Iterable[ImageResult]:
        return ray_map(_Worker(release, describer, self.client), names)


class _Worker:
    def __init__(self, release: Release, describer: Describer, client: Callable[[], Dispatcher]) -> None:
        self._release = release
        self._describer = describer
        self._new_client = client
        self._client: Dispatcher | None = None

    def __call__(self, name: str) -> ImageResult:
        self._client = self._client or self._new_client()
        return asyncio.run(self._described(name, self._client))

    async def _described(self, name: str, client: Dispatcher) -> ImageResult:
        try:
            return await describe_image(self._release, self._describer, name, client)
        finally:
            await client.close()
