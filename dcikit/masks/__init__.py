"""Photos -> masks -> mask tree.

sam = load_sam("facebook/sam-vit-huge")
records = build_tree(*propose(photo, sam))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bit_mask import BitMask
    from .group import group_masks
    from .proposals import Proposals, ProposeSettings, propose
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

_HOMES = {
    "BitMask": "bit_mask",
    "Proposals": "proposals",
    "ProposeSettings": "proposals",
    "Sam": "sam",
    "build_tree": "tree",
    "group_masks": "group",
    "load_sam": "sam",
    "propose": "proposals",
}


def __getattr__(name: str) -> Any:
    """Public names load when they are used: what draws masks by hand needs no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
