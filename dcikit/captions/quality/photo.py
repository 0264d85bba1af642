"""What a photo is like, at a glance."""

from __future__ import annotations

from PIL import ImageChops, ImageStat

from dcikit.files.images import ImageError, opened_image, rgb

_SIDE = 128
_COLOURLESS = 2.0
"""Mean difference of two channels, of 255, up to which a photo counts as grey: JPEG is not exact."""


def is_greyscale(data: bytes) -> bool | None:
    """Whether a photo has no colours; None if it cannot be decoded."""
    try:
        with opened_image(data) as image:
            image.draft("RGB", (_SIDE, _SIDE))
            red, green, blue = rgb(image).resize((_SIDE, _SIDE)).split()
    except ImageError:
        return None
    differences = (ImageStat.Stat(ImageChops.difference(green, other)).mean[0] for other in (red, blue))
    return max(differences) <= _COLOURLESS
