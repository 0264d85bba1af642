"""Examples -> the inputs of one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from dcikit.encoders.preprocessor import Preprocessor

from .regions import Example


class Collator:
    """Batches of one process.

    Args:
        preprocessor: of the model, which reads texts as it does when it is scored.
        negatives: whether the negatives are read.
        part: texts, alike in length, that are padded together; None: all of them.
    """

    def __init__(self, preprocessor: Preprocessor, negatives: bool, part: int | None) -> None:
        self.preprocessor = preprocessor
        self.negatives = negatives
        self.part = part

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        """The inputs of `Towers`, and what its outputs are.

        Returns:
            pixels: of b crops; texts and order: b*n captions, then of every region m = 1 or no negative; counts (b,)
            and has_negative (b,), bool.
        """
        texts = [caption for example in examples for caption in example.captions]
        if self.negatives:
            # A place for every region: the features of all processes must have one shape.
            texts += [example.negative or example.captions[0] for example in examples]
        tokens, _ = self.preprocessor.tokens(texts)
        places = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        size = self.part or len(tokens)
        parts = [places[start : start + size] for start in range(0, len(places), size)]
        return {
            "pixels": {name: torch.stack([each.pixels[name] for each in examples]) for name in examples[0].pixels},
            "texts": [self.preprocessor.padded([tokens[place] for place in part]) for part in parts],
            "order": torch.tensor(places).argsort(),
            "counts": torch.tensor([example.counts for example in examples]),
            "has_negative": torch.tensor([example.negative is not None for example in examples]),
        }
