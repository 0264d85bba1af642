"""BLIP (arXiv 2201.12086): its ITM head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..cross_encoder import CrossEncoder
from ..preprocessor import Pixels, Tokens
from .family import Family


class BlipItm(CrossEncoder):
    """The ITM head of `BlipForImageTextRetrieval`."""

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Patch states (B, patches, D)."""
        return self.model.vision_model(**self.image_inputs(pixels)).last_hidden_state.float().cpu()

    def itm_logits(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        states = self.model.text_encoder(
            **self.text_inputs(tokens),
            encoder_hidden_states=images,
            encoder_attention_mask=torch.ones(images.shape[:2], dtype=torch.long, device=images.device),
        ).last_hidden_state
        return self.model.itm_head(states[:, 0])


FAMILY = Family("BlipForImageTextRetrieval", "blip", BlipItm)
