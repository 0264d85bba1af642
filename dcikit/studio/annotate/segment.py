"""A click in a photo -> the mask of what is there, by a Segment Anything model that embeds each photo once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np

from dcikit.files.images import opened_image, rgb
from dcikit.masks.bit_mask import BitMask
from dcikit.masks.click import mask_at
from dcikit.masks.sam import EmbeddedPhoto, Sam
from dcikit.schema.errors import ArgumentError

_KEPT = 8
"""Photos whose embeddings are kept."""


class Segmenter:
    """Answers clicks, one at a time; its methods may be called by many threads."""

    def __init__(self, sam: Sam) -> None:
        self._sam = sam
        self._lock = Lock()
        self._embedded: OrderedDict[str, EmbeddedPhoto] = OrderedDict()

    def mask(self, image_id: str, photo: Callable[[], bytes], points: list[tuple[float, float, bool]]) -> BitMask:
        """The mask at some points: x and y in pixels of the photo, and whether the object is there.

        Raises:
            ArgumentError: if there is none, or a point is not in the photo.
        """
        with self._lock:
            embedded = self._embed(image_id, photo)
            width, height = embedded.size
            if not all(0 <= x <= width and 0 <= y <= height for x, y, _ in points):
                raise ArgumentError(f"`points` must lie in the photo of {width}x{height} pixels, got {points}")
            found = np.array(points, float)
            mask = mask_at(embedded, found[:, :2], found[:, 2].astype(bool))
        if mask is None:
            raise ArgumentError("`points` lead to no mask; click somewhere else")
        return mask

    def _embed(self, image_id: str, photo: Callable[[], bytes]) -> EmbeddedPhoto:
        if image_id not in self._embedded:
            with opened_image(photo()) as image:
                self._embedded[image_id] = self._sam.embed(rgb(image))
            if len(self._embedded) > _KEPT:
                self._embedded.popitem(last=False)
        self._embedded.move_to_end(image_id)
        return self._embedded[image_id]
