"""The kinds of models that can be scored, one file each."""

from . import align, altclip, blip, chinese_clip, clip, flava, metaclip_2, siglip, siglip2
from .family import Family

_KNOWN = (
    clip.FAMILY,
    siglip.FAMILY,
    siglip2.FAMILY,
    align.FAMILY,
    altclip.FAMILY,
    chinese_clip.FAMILY,
    metaclip_2.FAMILY,
    flava.EMBEDDING,
    flava.ITM,
    blip.FAMILY,
)

FAMILIES = {family.model_class: family for family in _KNOWN}
"""Class of transformers -> its family. Of two for one type of model, the first is the one that embeds."""

__all__ = ["FAMILIES", "Family"]
