"""Examples -> the inputs of one step: every text in one batch, padded to the longest of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from dci_metric.preprocessor import Preprocessor

from .entries import Example


class Collator:
    """Batches of one process.

    Args:
        preprocessor: of the model, which reads texts as it does when it is scored.
        negatives: whether the negatives are read.
    """

    def __init__(self, preprocessor: Preprocessor, negatives: bool) -> None:
        self.preprocessor = preprocessor
        self.negatives = negatives

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        """The inputs of the model, and what its outputs are.

        Returns:
            pixel_values (b, ...); input_ids and attention_mask (b*n + b*m, L), all captions, then m = 1 or no negative
            an entry; counts (b,) and has_negative (b,), bool.
        """
        texts = [caption for example in examples for caption in example.captions]
        if self.negatives:
            # A place for every entry: the features of all processes must have one shape.
            texts += [example.negative or example.captions[0] for example in examples]
        tokens, _ = self.preprocessor.tokens(texts)
        pixels = {name: torch.stack([example.pixels[name] for example in examples]) for name in examples[0].pixels}
        flags: dict[str, Tensor] = {
            "counts": torch.tensor([example.counts for example in examples]),
            "has_negative": torch.tensor([example.negative is not None for example in examples]),
        }
        return {**pixels, **self.preprocessor.padded(tokens), **flags}
