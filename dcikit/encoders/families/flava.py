"""FLAVA (arXiv 2112.04482): its embeddings, and its ITM head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..cross_encoder import CrossEncoder
from ..preprocessor import Pixels, Tokens
from .family import Family


class FlavaItm(CrossEncoder):
    """The ITM head of `FlavaForPreTraining`, over its multimodal encoder.

    That encoder reads the states of the unimodal ones before their final layer norm.
    """

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Patch states (B, patches, D), projected for the multimodal encoder."""
        flava = self.model.flava
        states = flava.image_model(**self.image_inputs(pixels), output_hidden_states=True).hidden_states[-1]
        return flava.image_to_mm_projection(states).float().cpu()

    def itm_logits(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        flava = self.model.flava
        inputs = self.text_inputs(tokens)
        states = flava.text_to_mm_projection(flava.text_model(**inputs, output_hidden_states=True).hidden_states[-1])
        seen = torch.ones(len(images), images.shape[1] + flava.multimodal_model.use_cls_token, device=images.device)
        mask = torch.cat([seen.to(inputs["attention_mask"].dtype), inputs["attention_mask"]], 1)
        multimodal = flava.multimodal_model(torch.cat([images, states], 1), attention_mask=mask)
        return self.model.itm_head(multimodal.last_hidden_state)


EMBEDDING = Family("FlavaModel", "flava")
ITM = Family("FlavaForPreTraining", "flava", FlavaItm)
