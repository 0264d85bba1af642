"""One photo and the tree of its masks -> their texts, children before their parents."""

from __future__ import annotations

import asyncio
from typing import cast

from PIL import Image

from dcikit.data.record import Mask, Record
from dcikit.files.images import ImageError
from dcikit.schema.errors import DataError
from dcikit.schema.regions import BASE

from ..request import ChatClient, GenerationStopped, RequestError
from ..run import Outcome
from .describer import Described, Describer
from .views import photo_view, region_view


class ImageDescription:
    """The regions of an image that are described so far.

    Args:
        name: of the annotation file.
        record: its masks.
        photo: its pixels, RGB.
        outcome: is told of what failed.
    """

    def __init__(
        self, describer: Describer, name: str, record: Record, photo: Image.Image, client: ChatClient, outcome: Outcome
    ) -> None:
        self.regions: dict[str, Described] = {}
        self._describer = describer
        self._name = name
        self._photo = photo
        self._client = client
        self._outcome = outcome
        self._children: dict[str | None, list[Mask]] = {}
        for mask in record.masks:
            parent = mask.parent_id if mask.parent_id in record.by_id else None
            self._children.setdefault(parent, []).append(mask)

    async def complete(self) -> bool:
        """Describes all masks, then the photo; False if one of them got no answer: then its parents were not asked."""
        return await self._region(BASE, None) is not None

    async def _region(self, key: str, mask: Mask | None) -> str | None:
        """The label of a mask (of the photo: nothing) when it and all below it are described; None if they are not."""
        below = self._children.get(mask.mask_id if mask else None, [])
        labels = await asyncio.gather(*(self._region(child.key, child) for child in below))
        if None in labels or self._outcome.stopped:
            return None
        parts = cast("list[str]", labels)
        try:
            described = await self._ask(key, mask, parts)
        except RequestError as error:
            self._outcome.note_failure(error.kind)
            return None
        except GenerationStopped as reason:
            self._outcome.stopped = str(reason)
            return None
        self.regions[key] = described
        return described.texts.get("label", "")

    async def _ask(self, key: str, mask: Mask | None, parts: list[str]) -> Described:
        if mask is None:
            return await self._describer.image(self._name, photo_view(self._photo), parts, self._client)
        try:
            view = region_view(self._photo, mask, self._describer.crops)
        except ImageError as error:
            place = f"mask {mask.mask_id}: outer_mask"
            raise DataError(self._name, place, str(error), "put the whole mask there") from None
        return await self._describer.region(self._name, key, view, parts, self._client)
