"""Photos -> masks -> mask tree.

sam = load_sam("facebook/sam-vit-huge")
records = build_tree(*propose(photo, sam))
"""

from .bit_mask import BitMask
from .group import group_masks
from .propose import Proposals, ProposeSettings, propose
from .sam import Sam, load_sam
from .tree import build_tree

__all__ = [
    "BitMask",
    "Proposals",
    "ProposeSettings",
    "Sam",
    "build_tree",
    "group_masks",
    "load_sam",
    "propose",
]
