"""Which words can take each other's place, by the families of the lexicon."""

from __future__ import annotations

from .lexicon import Family


def family_of(word: str, families: tuple[Family, ...]) -> Family | None:
    """The first family that knows a word, in its base form."""
    return next((family for family in families if word in family.groups), None)


def alike(one: str, other: str, families: tuple[Family, ...]) -> bool:
    """Whether two words mean about the same as far as the lexicon knows, or one is a part of the other."""
    if one == other or one.endswith(other) or other.endswith(one):
        return True
    return any(family.groups[one] & family.groups[other] for family in families if {one, other} <= family.groups.keys())


def partners(word: str, families: tuple[Family, ...]) -> list[str]:
    """The common words of its family that share no group with it."""
    family = family_of(word, families)
    return [other for other in family.common if not alike(word, other, families)] if family else []
