"""The kinds of models that can be scored, one file each."""

from .align import FAMILY as ALIGN
from .altclip import FAMILY as ALTCLIP
from .blip import FAMILY as BLIP
from .chinese_clip import FAMILY as CHINESE_CLIP
from .clip import FAMILY as CLIP
from .family import Family
from .flava import EMBEDDING as FLAVA
from .flava import ITM as FLAVA_ITM
from .metaclip_2 import FAMILY as METACLIP_2
from .siglip import FAMILY as SIGLIP
from .siglip2 import FAMILY as SIGLIP2

_KNOWN = (CLIP, SIGLIP, SIGLIP2, ALIGN, ALTCLIP, CHINESE_CLIP, METACLIP_2, FLAVA, FLAVA_ITM, BLIP)

FAMILIES = {family.model_class: family for family in _KNOWN}
"""Class of transformers -> its family. Of two for one type of model, the first is the one that embeds."""

__all__ = ["FAMILIES", "Family"]
