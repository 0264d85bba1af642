"""One photo and the tree of its masks -> their texts, children before their parents."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

from PIL import Image

from dcikit.data.record import Mask, Record
from dcikit.data.release import Release
from dcikit.files.images import ImageError, opened_image, rgb
from dcikit.schema.errors import DataError
from dcikit.schema.regions import BASE

from ..request import ChatClient, GenerationStopped, RequestError
from .describer import Described, Describer
from .views import photo_view, region_view

Regions = dict[str, Described]
"""Key -> texts: the image first, then its masks in file order."""


@dataclass
class ImageResult:
    """What became of an image.

    Attributes:
        masks: how many it has.
        regions: all of them, or those that were described before something failed.
        failed: why requests got no answer.
        stopped: why nothing more was asked; empty if nothing is in the way.
    """

    masks: int
    regions: Regions = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    stopped: str = ""

    @property
    def is_complete(self) -> bool:
        return len(self.regions) == self.masks + 1


async def describe_image(release: Release, describer: Describer, name: str, client: ChatClient) -> ImageResult:
    """Describes all masks of an image, then the photo. Where one gets no answer, its parents are not asked.

    Raises:
        DataError: a defect of the image.
    """
    record = release.read(name, summaries=False)
    tree = _Tree(describer, name, record, _pixels(record), client)
    await tree.region(BASE, None)
    order = (BASE, *(mask.key for mask in record.masks))
    tree.result.regions = {key: tree.result.regions[key] for key in order if key in tree.result.regions}
    return tree.result


def _pixels(record: Record) -> Image.Image:
    try:
        with opened_image(record.photo) as image:
            return rgb(image)
    except ImageError as error:
        raise DataError(record.file_name, "", str(error), "put the whole photo there") from None


class _Tree:
    """The regions of an image that are described so far."""

    def __init__(self, describer: Describer, name: str, record: Record, photo: Image.Image, client: ChatClient) -> None:
        self.result = ImageResult(len(record.masks))
        self._describer = describer
        self._name = name
        self._photo = photo
        self._client = client
        self._children: dict[str | None, list[Mask]] = {}
        for mask in record.masks:
            parent = mask.parent_id if mask.parent_id in record.by_id else None
            self._children.setdefault(parent, []).append(mask)

    async def region(self, key: str, mask: Mask | None) -> str | None:
        """The label of a mask (of the photo: nothing) when it and all below it are described; None if they are not."""
        below = self._children.get(mask.mask_id if mask else None, [])
        labels = await asyncio.gather(*(self.region(child.key, child) for child in below))
        if None in labels or self.result.stopped:
            return None
        parts = cast("list[str]", labels)
        try:
            described = await self._ask(key, mask, parts)
        except RequestError as error:
            self.result.failed.append(error.kind)
            return None
        except GenerationStopped as reason:
            self.result.stopped = str(reason)
            return None
        self.result.regions[key] = described
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
