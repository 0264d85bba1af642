"""The datasets that `dci import` reads."""

from __future__ import annotations

from .fg_ovd import FG_OVD
from .gbc import GBC
from .iiw import IIW
from .imported import Source
from .label_studio import LABEL_STUDIO
from .panocaps import PANOCAPS
from .pix2cap import PIX2CAP
from .text_only import DOCCI, TEXT_ONLY
from .visual_genome import VISUAL_GENOME

_ALL = (LABEL_STUDIO, IIW, PANOCAPS, PIX2CAP, GBC, FG_OVD, VISUAL_GENOME, DOCCI, TEXT_ONLY)

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
"""By name."""
