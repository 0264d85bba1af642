"""Negatives of captions that come without any, such as COCO's."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dcikit.schema.regions import NEGATIVE_KINDS

from ..checks import OWN_WORDS, negative_defect
from ..generation_result import derived_seed
from ..words import words
from .negatives import candidates

_READ = 45
"""Words within which a caption and its negative must differ: a model whose context is 77 tokens reads no more."""


def caption_negatives(captions: Sequence[str], image_id: str, *, seed: int = 0) -> dict[str, list[str]]:
    """One negative of each kind, of the first caption that allows a sound one; an empty list where none does.

    Args:
        captions: of one image.
        image_id: another image draws other ones.
        seed: the same one gives the same texts.

    Raises:
        DciError: if the word tables are not installed.
    """
    found: dict[str, list[str]] = {}
    for kind in NEGATIVE_KINDS:
        rng = Random(derived_seed(seed, image_id, kind))
        others = [*captions, *(text for texts in found.values() for text in texts)]
        negatives = (
            text
            for caption in captions
            for text in candidates(caption, kind, rng)
            if negative_defect(text, caption, others, kind, OWN_WORDS) is None
            and words(text)[:_READ] != words(caption)[:_READ]
        )
        found[kind] = [text for text in [next(negatives, None)] if text is not None]
    return found
