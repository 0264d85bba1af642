"""Which words of two texts differ."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple


class Piece(NamedTuple):
    """Some words in a row; `differs`: the other text has not got them here."""

    text: str
    differs: bool


def differing(a: str, b: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces that are alike and pieces that differ."""
    of_a, of_b = a.split(), b.split()
    pieces: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, of_a, of_b, autojunk=False).get_opcodes():
        for side, words in zip(pieces, (of_a[a0:a1], of_b[b0:b1]), strict=True):
            if words:
                side.append(Piece(" ".join(words), tag != "equal"))
    return pieces
