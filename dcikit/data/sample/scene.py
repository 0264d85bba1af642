"""The symbolic scene that picture and words are made of: its things, their nesting and places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .vocabulary import Backdrop

__all__ = ["Box", "Scene", "Thing", "walk"]

Box = tuple[int, int, int, int]


@dataclass
class Thing:
    """Something drawn: `place` is where in its holder or picture, `rim` the edge of what holds nothing."""

    kind: str
    colour: str
    box: Box
    place: str = ""
    rim: str = ""
    parts: list[Thing] = field(default_factory=list)
    apart: bool = False  # only in negatives: its parts are said to be beside it


@dataclass
class Scene:
    """One picture: its things are apart from each other; `stones` are too small to be described."""

    number: int
    width: int
    height: int
    backdrop: Backdrop
    form: str
    parts: list[Thing]
    stones: list[Thing] = field(default_factory=list)


def walk(things: list[Thing]) -> Iterator[Thing]:
    """Every thing, each before what it holds."""
    for thing in things:
        yield thing
        yield from walk(thing.parts)
