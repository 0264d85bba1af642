"""Models that embed images and texts apart: the score of a pair is the cosine of its embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from dcikit.engine.scored import Embeddings
from dcikit.tasks.scm.entries import Negative

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

    def scores(
        self,
        where: str,
        image: Tensor,
        captions: Sequence[Tokens],
        negatives: Mapping[Negative, Tokens],
        texts: Mapping[Tokens, Tensor],
    ) -> Embeddings:
        return Embeddings(
            where,
            image,
            torch.stack([texts[caption] for caption in captions]),
            {which: texts[negative] for which, negative in negatives.items()},
        )


def projected(output: Any) -> Tensor:
    """The (B, D) of a tower's answer: transformers 5 wraps it, and FLAVA has it for every token, the first for all."""
    features = getattr(output, "pooler_output", output)
    return features[:, 0] if features.ndim == 3 else features
