"""Changes that are refused because somebody else is, or was, at the image."""

from __future__ import annotations

from dcikit.schema.errors import DciError


class StaleError(DciError):
    """A change of a version that is no longer the last one."""

    def __init__(self, image_id: str, version: int, current: int) -> None:
        super().__init__(
            f"`version` of image {image_id} must be {current}, got {version}: it was changed since; read it again"
        )
        self.current = current


class LeasedError(DciError):
    """A change of an image that somebody else is annotating."""

    def __init__(self, image_id: str, author: str) -> None:
        super().__init__(f"image {image_id} is being annotated by {author}; wait, or take it over")
        self.author = author
