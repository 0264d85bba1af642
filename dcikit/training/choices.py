"""Which captions and which negative of a region a step sees (docs/protocol.md §7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from dcikit.engine.items import Label
from dcikit.schema.regions import NEGATIVE_KINDS, OTHER_KINDS
from dcikit.tasks.sdci_items import hard_negative

SOURCES = (*NEGATIVE_KINDS, "any", *OTHER_KINDS)
STRATEGIES = ("random", "random-once", "first", "hardest")

Choice = TypeVar("Choice")

ChooseCaptions = Callable[[Sequence[str], Random], list[str]]
"""A region's captions -> those of a step."""

ChooseNegative = Callable[[Mapping[str, Sequence[str]], Mapping[str, Any] | None, Random], str | None]
"""A region's negatives by kind, and its clip_scores -> that of a step."""


def caption_choice(name: str) -> ChooseCaptions:
    """How captions are chosen, always the same number of them.

    Args:
        name: `first`, or `pickN`: N of them at random, none twice before all were taken.

    Raises:
        ValueError: if it is neither.
    """
    count = caption_count(name)
    if name == "first":
        return lambda captions, rng: list(captions[:1])
    return lambda captions, rng: picked(captions, count, rng)


def caption_count(name: str) -> int:
    """How many captions a choice of them takes.

    Raises:
        ValueError: if there is no such choice.
    """
    if name == "first":
        return 1
    match = re.fullmatch(r"pick([1-9]\d*)", name)
    if not match:
        raise ValueError(f"`captions` must be first, or pickN such as pick1 or pick5, got {name!r}")
    return int(match[1])


def picked(choices: Sequence[Choice], count: int, rng: Random) -> list[Choice]:
    """So many of the choices at random, none twice before all were taken."""
    taken: list[Choice] = []
    while len(taken) < count:
        taken += rng.sample(choices, min(len(choices), count - len(taken)))
    return taken


def negative_choice(source: str, strategy: str) -> ChooseNegative:
    """How the negative of a region is chosen; it gives None for a region that has none of the source.

    Args:
        source: a kind of negatives, or `any` of the paper's three.
        strategy: `random` (of `random-once` the caller repeats the same draw), `first`, or `hardest`: the one with the
            highest of the release's `clip_scores`.

    Raises:
        ValueError: if either is unknown. The choice itself raises it where `hardest` finds no `clip_scores`.
    """
    if source not in SOURCES:
        raise ValueError(f"`negatives` must be one of {', '.join(SOURCES)}, got {source!r}")
    if strategy not in STRATEGIES:
        raise ValueError(f"`negatives_choice` must be one of {', '.join(STRATEGIES)}, got {strategy!r}")
    kinds = NEGATIVE_KINDS if source == "any" else (source,)

    def choose(
        negatives: Mapping[str, Sequence[str]], clip_scores: Mapping[str, Any] | None, rng: Random
    ) -> str | None:
        places: list[Label] = [(kind, at) for kind in kinds for at in range(len(negatives.get(kind) or ()))]
        if not places:
            return None
        if strategy.startswith("random"):
            kind, at = rng.choice(places)
        elif strategy == "first":
            kind, at = places[0]
        else:
            counts = {kind: len(negatives[kind]) if kind in kinds else 0 for kind in NEGATIVE_KINDS}
            hardest = hard_negative(counts, clip_scores)
            if hardest is None:
                raise ValueError(
                    "has negatives without clip_scores, which negatives_choice=hardest needs; run "
                    "`dci score-negatives`, or choose random or first"
                )
            kind, at = hardest
        return negatives[kind][at]

    return choose
