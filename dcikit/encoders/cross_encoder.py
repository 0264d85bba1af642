"""Models that score an image and a text jointly, pair by pair, with an image-text matching (ITM) head."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from dcikit.tasks.scm.entries import Negative

from .encoder import Encoder
from .preprocessor import Pixels, Tokens

BATCH = 32
"""Pairs of one forward pass."""


class CrossEncoder(Encoder):
    """A model with an ITM head. Only the pairs that a suite reads are scored.

    The score is the logit of "match" minus that of "no match", which orders pairs as the probability does, without
    its rounding to 1.
    """

    window = 4  # what is kept of a crop are all its patches

    @abstractmethod
    def match(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        """ITM logits (B, 2), no match and match, of B pairs: rows of `embed_images` and texts."""

    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """Nothing (B, 0): a text is read together with an image."""
        return torch.empty(len(tokens), 0)

    def scores(
        self,
        where: str,
        image: Tensor,
        captions: Sequence[Tokens],
        negatives: Mapping[Negative, Tokens],
        texts: Mapping[Tokens, Tensor],
    ) -> Pairs:
        return Pairs(self, where, image, captions, negatives)

    def score_pairs(self, wanted: Iterable[tuple[Pairs, Tokens]]) -> None:
        """Scores what is not known yet of some pairs, in batches that the processes share."""
        new = dict.fromkeys((pairs, text) for pairs, text in wanted if text not in pairs.known)
        ordered = sorted(new, key=lambda pair: len(pair[1]))  # alike in length they need little padding
        batches = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
        rank, count = self.processes.rank, self.processes.count
        own = {number: self._batch(batches[number]) for number in range(rank, len(batches), count)}
        for part in self.processes.gather(own) if batches else []:
            for number, scores in part.items():
                for (pairs, text), score in zip(batches[number], scores, strict=True):
                    pairs.known[text] = score

    def _batch(self, batch: list[tuple[Pairs, Tokens]]) -> list[float]:
        dtype = next(self.model.parameters()).dtype
        with self.inference():
            images = torch.stack([pairs.image for pairs, _ in batch]).to(self.device, dtype)
            logits = self.match(images, [text for _, text in batch]).double().cpu()
        return (logits[:, 1] - logits[:, 0]).tolist()


class Pairs:
    """Scores of one subcrop, computed when they are asked for, each pair once."""

    def __init__(
        self,
        model: CrossEncoder,
        where: str,
        image: Tensor,
        captions: Sequence[Tokens],
        negatives: Mapping[Negative, Tokens],
    ) -> None:
        self.model = model
        self.where = where
        self.image = image
        self.captions = captions
        self.negatives = negatives
        self.known: dict[Tokens, float] = {}

    def own(self, n: int) -> Tensor:
        self._score_own()
        return self._tensor(self.captions[:n])

    def negative(self, which: Negative) -> Tensor | None:
        if which not in self.negatives:
            return None
        self._score_own()
        return self._tensor([self.negatives[which]])[0]

    def between(self, group: Sequence[Pairs], n: int) -> Tensor:
        texts = [caption for other in group for caption in other.captions[:n]]
        self.model.score_pairs((row, text) for row in group for text in texts)
        return torch.stack([row._tensor(texts).view(len(group), n) for row in group])

    def _score_own(self) -> None:
        self.model.score_pairs((self, text) for text in (*self.captions, *self.negatives.values()))

    def _tensor(self, texts: Sequence[Tokens]) -> Tensor:
        scores = torch.tensor([self.known[text] for text in texts], dtype=torch.float64)
        if not torch.isfinite(scores).all():
            raise ValueError(f"the scores of {self.where} hold NaN or infinity; try the model in float32")
        return scores


class BlipItm(CrossEncoder):
    """The ITM head of `BlipForImageTextRetrieval`."""

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Patch states (B, patches, D)."""
        return self.model.vision_model(**self.image_inputs(pixels)).last_hidden_state.float().cpu()

    def match(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        states = self.model.text_encoder(
            **self.text_inputs(tokens),
            encoder_hidden_states=images,
            encoder_attention_mask=torch.ones(images.shape[:2], dtype=torch.long, device=images.device),
        ).last_hidden_state
        return self.model.itm_head(states[:, 0])


class FlavaItm(CrossEncoder):
    """The ITM head of `FlavaForPreTraining`, over its multimodal encoder.

    That encoder reads the states of the unimodal ones before their final layer norm.
    """

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Patch states (B, patches, D), projected for the multimodal encoder."""
        flava = self.model.flava
        states = flava.image_model(**self.image_inputs(pixels), output_hidden_states=True).hidden_states[-1]
        return flava.image_to_mm_projection(states).float().cpu()

    def match(self, images: Tensor, tokens: Sequence[Tokens]) -> Tensor:
        flava = self.model.flava
        inputs = self.text_inputs(tokens)
        states = flava.text_to_mm_projection(flava.text_model(**inputs, output_hidden_states=True).hidden_states[-1])
        seen = torch.ones(len(images), images.shape[1] + flava.multimodal_model.use_cls_token, device=images.device)
        mask = torch.cat([seen.to(inputs["attention_mask"].dtype), inputs["attention_mask"]], 1)
        multimodal = flava.multimodal_model(torch.cat([images, states], 1), attention_mask=mask)
        return self.model.itm_head(multimodal.last_hidden_state)
