"""Models that embed images and texts apart: the score of a pair is the cosine of its embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from .encoder import Encoder
from .preprocessor import Pixels, Tokens


class DualEncoder(Encoder):
    """A model of transformers with `get_image_features` and `get_text_features`.

    The cosine leaves out a model's temperature and bias, which change no answer.
    """

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Embeddings (B, D) of B crops."""
        return projected(self.model.get_image_features(**self.image_inputs(pixels))).float().cpu()

    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """Embeddings (B, D) of B texts."""
        return projected(self.model.get_text_features(**self.text_inputs(tokens))).float().cpu()


def projected(output: Any) -> Tensor:
    """The (B, D) of a tower's answer: transformers 5 wraps it, and FLAVA has it for every token, the first for all."""
    features = getattr(output, "pooler_output", output)
    return features[:, 0] if features.ndim == 3 else features
