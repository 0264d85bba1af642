"""Negatives without a model: a caption's own words exchanged, turned round, or replaced by others of their category."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from .basic import basic
from .edits import edited
from .layout import layout
from .parsed import Parsed
from .swaps import swaps

_KINDS = {"basic": basic, "layout": layout, "swaps": swaps}


def candidates(caption: str, kind: str, rng: Random) -> Iterator[str]:
    """Wrong captions of a kind, the best first; none where no rule finds a sound one.

    Args:
        caption: English text.
        kind: of `NEGATIVE_KINDS`.
        rng: chooses; the same one gives the same texts.

    Raises:
        DciError: if the word tables are not installed.
    """
    parsed = _parsed(caption)
    for change in _KINDS[kind](parsed, rng):
        yield edited(caption, change)


@lru_cache(maxsize=64)
def _parsed(caption: str) -> Parsed:
    return Parsed.of(caption)
