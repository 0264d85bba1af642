"""The photos and masks of a release whose images can be changed."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError

from .answers import digest, unless_known
from .explore.collection import ReleaseCollection
from .explore.media import shown_photo


def pixel_routes(release: Release, read: Callable[[str], Record]) -> APIRouter:
    """Photos, and masks as large as the photo, each with an ETag.

    Args:
        read: an image as it is now; raises for an image that the release does not have.
    """
    router = APIRouter()
    collection = ReleaseCollection(release, release.folder.name)

    @router.get("/api/images/{image_id}/photo")
    def photo(image_id: str, request: Request) -> Response:
        read(image_id)
        data, media_type = shown_photo(collection.photo(image_id), image_id)
        return unless_known(request, digest(data), lambda: data, media_type)

    @router.get("/api/images/{image_id}/masks/{mask_id}")
    def mask(image_id: str, mask_id: str, request: Request) -> Response:
        masks = read(image_id).by_id
        if mask_id not in masks:
            raise ArgumentError(f"`mask_id` must be a mask of image {image_id}, got {mask_id!r}")
        png = masks[mask_id].png
        return unless_known(request, digest(png), lambda: png, "image/png")

    return router
