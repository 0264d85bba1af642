"""Captions of a scene and of its things, written from the symbols so that they are true by construction.

A caption of a thing says nothing of where it is in the picture: it must be true of the thing's own crop.
"""

from __future__ import annotations

from .scene import Scene, Thing, walk

__all__ = ["a", "dense_caption", "first_caption", "image_texts", "join", "name", "summaries"]

_ITS = {
    "left": "on its left",
    "right": "on its right",
    "top": "at its top",
    "bottom": "at its bottom",
    "middle": "in its middle",
}
_SIDE = {
    "left": "on the left side",
    "right": "on the right side",
    "top": "in the upper part",
    "bottom": "in the lower part",
    "middle": "in the middle",
}
_COUNT = {1: "one", 2: "two", 3: "three", 4: "four"}
_AT = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}


def a(words: str) -> str:
    """`a red house`, `an orange mug`."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def name(thing: Thing) -> str:
    """`red house`."""
    return f"{thing.colour} {thing.kind}"


def join(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _where(place: str) -> str:
    return _AT.get(place) or f"at the {place}"


def _with(thing: Thing, depth: int, places: bool = True) -> str:
    """What the thing holds, `depth` levels down: ` with a blue door on its left`; empty for nothing."""
    if not depth or not thing.parts:
        return ""
    if thing.apart:
        return f" beside {join([a(name(part)) + _with(part, depth - 1) for part in thing.parts])}"
    if thing.parts[0].place == "middle":
        return f" with {a(name(thing.parts[0]))} in it"
    told = [
        a(name(part)) + (f" {_ITS[part.place]}" if places else "") + _with(part, depth - 1, places)
        for part in thing.parts
    ]
    return f" with {join(told)}"


def first_caption(root: Scene | Thing) -> str:
    """The most complete of the short captions; negatives are this caption of an altered scene.

    In a picture the more things there are, the less is said of each.
    """
    if isinstance(root, Scene):
        depth, places = (0 if root.form == "grid" else 1), root.form == "big"
        told = [f"{a(name(thing))} {_where(thing.place)}{_with(thing, depth, places)}" for thing in root.parts]
        return f"{root.backdrop.name} with {join(told)}"
    if root.parts:
        return a(name(root)) + _with(root, 2)
    return f"{a(name(root))} {'beside' if root.apart else 'with'} {a(root.rim)} edge"


def _relation(one: Thing, other: Thing) -> str:
    """How the first lies to the other, by their boxes; empty where that is not clear."""
    across = (one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2
    down = (one.box[1] + one.box[3] - other.box[1] - other.box[3]) / 2
    if abs(across) > 1.5 * abs(down):
        return "to the left of" if across < 0 else "to the right of"
    if abs(down) > 1.5 * abs(across):
        return "above" if down < 0 else "below"
    return ""


def _of_leaf(thing: Thing) -> list[str]:
    return [
        first_caption(thing),
        f"the {thing.kind} is {thing.colour} and its edge is {thing.rim}",
        f"{a(thing.rim)} edge around {a(name(thing))}",
        f"{a(name(thing))} edged in {thing.rim}",
        f"a {thing.kind} that is {thing.colour}, with {thing.rim} all around it",
    ]


def _of_thing(thing: Thing) -> list[str]:
    parts = thing.parts
    names = join([a(name(part)) for part in parts])
    sides = join([f"{a(name(part))} {_ITS[part.place]}" for part in parts])
    colours = join([f"the {part.kind} on it is {part.colour}" for part in parts])
    last = parts[-1]
    found = [
        first_caption(thing),
        f"{a(name(thing))}; it has {sides}",
        f"the {thing.kind} is {thing.colour} and {colours}",
        f"{names} on {a(name(thing))}",
        f"a close view of {a(name(thing))} with {names}",
        f"{a(name(last))} {_SIDE[last.place]} of {a(name(thing))}",
    ]
    found += [f"{a(name(shape))} in {a(name(part))} on {a(name(thing))}" for part in parts for shape in part.parts]
    return found


def _of_scene(scene: Scene) -> list[str]:
    where, things = scene.backdrop.where, scene.parts
    names = [a(name(thing)) for thing in things]
    one, other = things[0], things[1]
    kinds, colours = [a(thing.kind) for thing in things], [f"the {t.kind} is {t.colour}" for t in things]
    found = [
        first_caption(scene),
        f"{join([f'{a(name(thing))} {_where(thing.place)}' for thing in things])} {where}",
        f"{where}, {join(names)}",
        f"a picture of {join(kinds)} {where}; {join(colours)}",
        f"{scene.backdrop.name}; {names[0]}{_with(one, 1)} is {_where(one.place)}, beside {join(names[1:])}",
        f"{_COUNT[len(things)]} things {where}: {join(names)}",
    ]
    if relation := _relation(one, other):
        found.append(f"{names[0]} {relation} {names[1]} {where}")
    return found


def summaries(root: Scene | Thing) -> list[str]:
    """Five to eight different short captions of the picture or of a thing, the most complete one first."""
    found = _of_scene(root) if isinstance(root, Scene) else _of_thing(root) if root.parts else _of_leaf(root)
    return list(dict.fromkeys(found))[:8]


def dense_caption(thing: Thing, neighbours: list[Thing]) -> str:
    """Everything about a thing: size, proportions, parts, edges and what is beside it."""
    width, height = thing.box[2] - thing.box[0], thing.box[3] - thing.box[1]
    size = "large" if width > 400 else "middle-sized" if width > 220 else "small"
    shape = (
        "about as wide as high"
        if 0.85 < width / height < 1.18
        else ("wider than high" if width > height else "higher than wide")
    )
    said = [f"A {size} {name(thing)}, {shape}."]
    for held in walk([thing]):
        if held.rim:
            said.append(f"The {name(held)} has {a(held.rim)} edge.")
        said += [f"The {name(held)} has {a(name(part))} {_ITS[part.place]}." for part in held.parts]
    relations = [(_relation(thing, other), other) for other in neighbours]
    said += [f"It is {relation} {a(name(other))}." for relation, other in relations if relation]
    return " ".join(said)


def image_texts(scene: Scene) -> tuple[str, str]:
    """The short and the long caption of the picture."""
    short = first_caption(scene)
    said = [f"The picture shows {scene.backdrop.name}. {scene.backdrop.sentence}"]
    for thing in scene.parts:
        others = [other for other in scene.parts if other is not thing]
        said.append(f"{_where(thing.place).capitalize()} is {a(name(thing))}. {dense_caption(thing, others)}")
    if count := len(scene.stones):
        stones = "A tiny dark stone lies" if count == 1 else f"{_COUNT[count].capitalize()} tiny dark stones lie"
        said.append(f"{stones} near the lower edge.")
    said.append("Everything is painted in flat colours with thin dark outlines, and nothing casts a shadow.")
    return short[0].upper() + short[1:] + ".", " ".join(said)
