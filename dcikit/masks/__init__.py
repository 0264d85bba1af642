"""Photos -> masks -> mask tree."""

from .bit_mask import BitMask
from .group import group_masks
from .tree import build_tree

__all__ = ["BitMask", "build_tree", "group_masks"]
