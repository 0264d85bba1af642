"""Photos and masks as a browser fetches them: with an ETag, and as an image of a known format or not at all."""

from __future__ import annotations

import hashlib

from fastapi import Request
from fastapi.responses import Response
from PIL import Image

from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.files.images import opened_image
from dcikit.schema.errors import ArgumentError


def photo_response(release: Release, record: Record, request: Request) -> Response:
    """The photo's own bytes.

    Raises:
        DataError: if there is none, or it is none.
    """
    data = release.read(f"{record.image_id}-data.json", summaries=False).photo or b""
    with opened_image(data) as image:
        media_type = Image.MIME[str(image.format)]
    return _image(data, media_type, request)


def mask_response(record: Record, mask_id: str, request: Request) -> Response:
    """The mask's PNG, as large as the photo."""
    if mask_id not in record.by_id:
        raise ArgumentError(f"`mask_id` must be a mask of image {record.image_id}, got {mask_id!r}")
    return _image(record.by_id[mask_id].png, "image/png", request)


def _image(data: bytes, media_type: str, request: Request) -> Response:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)
