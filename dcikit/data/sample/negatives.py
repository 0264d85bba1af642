"""False captions: the first caption of a scene in which something visible was altered.

- basic: several colours and kinds become ones that are not there.
- layout: one change of structure: two places exchanged, one mirrored, or an inside that became a beside.
- swaps: the same words paired anew: two different colours trade places.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from itertools import combinations
from random import Random

from .scene import Scene, Thing
from .vocabulary import BACKDROPS, COLOURS, HOLDERS, INNER, LOOSE, PARTS
from .words import first_caption, summaries

__all__ = ["negatives"]

_MIRROR = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_FAMILIES = (HOLDERS, tuple(sorted({kind for kinds in PARTS.values() for kind in kinds})), INNER, LOOSE)
_Alteration = Callable[[Random, Scene | Thing], None]


def _mentioned(root: Scene | Thing) -> list[Thing]:
    """The things that the first caption names, from the outside in."""
    if isinstance(root, Scene):
        deeper = [] if root.form == "grid" else [part for thing in root.parts for part in thing.parts]
        return root.parts + deeper
    return [root, *root.parts, *(shape for part in root.parts for shape in part.parts)]


def _holders(root: Scene | Thing) -> list[Scene | Thing]:
    """What the first caption says to hold something."""
    if isinstance(root, Scene):
        return [root] if root.form == "grid" else [root, *(thing for thing in root.parts if thing.parts)]
    return [thing for thing in (root, *root.parts) if thing.parts]


def _basic(rng: Random, root: Scene | Thing) -> None:
    """Give two things, or as many as there are, another colour, and one of them another kind."""
    told = _mentioned(root)
    there = {thing.colour for thing in told} | {thing.rim for thing in told}
    absent = [colour for colour in COLOURS if colour not in there]
    rng.shuffle(absent)
    chosen = rng.sample(told, min(2, len(told)))
    for thing in chosen:
        thing.colour = absent.pop() if absent else next(c for c in COLOURS if c not in (thing.colour, thing.rim))
    family = next(family for family in _FAMILIES if chosen[0].kind in family)
    kinds = {thing.kind for thing in told}
    chosen[0].kind = rng.choice([kind for kind in family if kind not in kinds] or list(family))
    if isinstance(root, Scene) and rng.random() < 0.3:
        root.backdrop = rng.choice([backdrop for backdrop in BACKDROPS if backdrop is not root.backdrop])


def _layout(rng: Random, root: Scene | Thing) -> None:
    """Change one place, or one inside to beside."""
    holders = _holders(root)
    if isinstance(root, Thing) and not holders:
        root.apart = True
        return
    holder = holders[0] if rng.random() < 0.6 else rng.choice(holders)
    parts = holder.parts
    said = isinstance(root, Thing) or root.form == "big" or holder is root
    if isinstance(holder, Thing) and (not said or parts[0].place == "middle" or rng.random() < 0.2):
        holder.apart = True
    elif len(parts) > 1:
        one, other = rng.sample(range(len(parts)), 2)
        parts[one], parts[other] = parts[other], parts[one]
        parts[one].place, parts[other].place = parts[other].place, parts[one].place
    else:
        parts[0].place = _MIRROR[parts[0].place]


def _swaps(rng: Random, root: Scene | Thing) -> None:
    """Trade two different colours, more often of large things than of small ones."""
    told = _mentioned(root)
    if len(told) == 1:
        told[0].colour, told[0].rim = told[0].rim, told[0].colour
        return
    pairs = [pair for pair in combinations(told, 2) if pair[0].colour != pair[1].colour]
    weights = [4 if told.index(pair[1]) < 2 else 2 if told.index(pair[1]) < 3 else 1 for pair in pairs]
    one, other = rng.choices(pairs, weights)[0]
    one.colour, other.colour = other.colour, one.colour


def _different(rng: Random, root: Scene | Thing, alter: _Alteration, count: int) -> list[str]:
    """`count` different captions of altered copies, none of them a caption of the scene itself."""
    true, found = set(summaries(root)), []
    for _ in range(200):
        other = deepcopy(root)
        alter(rng, other)
        text = first_caption(other)
        if text not in true and text not in found:
            found.append(text)
        if len(found) == count:
            return found
    msg = f"`count` must be at most the number of alterations, got {count} for {first_caption(root)!r}"
    raise ValueError(msg)


def negatives(rng: Random, root: Scene | Thing) -> dict[str, list[str]]:
    """Three negatives of each kind for a picture, one for a thing."""
    count = 3 if isinstance(root, Scene) else 1
    alterations: dict[str, _Alteration] = {"basic": _basic, "layout": _layout, "swaps": _swaps}
    return {kind: _different(rng, root, alter, count) for kind, alter in alterations.items()}
