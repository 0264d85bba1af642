"""Models that score an image and a text jointly, pair by pair, with an image-text matching (ITM) head."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from .encoder import Encoder
from .preprocessor import Tokens


class CrossEncoder(Encoder):
    """A model with an ITM head."""

    @abstractmethod
    def itm_logits(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        """ITM logits (B, 2), no match and match, of B pairs: rows of `embed_images` and texts."""

    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """Nothing (B, 0): a text is read together with an image."""
        return torch.empty(len(tokens), 0)

    def match(self, images: Tensor, tokens: Sequence[Tokens]) -> list[float]:
        """Scores of B pairs: the logit of "match" minus that of "no match".

        It orders pairs as the probability does, without its rounding to 1.

        Args:
            images: (B, ...) rows of `embed_images`.
            tokens: B texts.
        """
        dtype = next(self.model.parameters()).dtype
        logits = self.itm_logits(images.to(self.device, dtype), tokens).double().cpu()
        return (logits[:, 1] - logits[:, 0]).tolist()
