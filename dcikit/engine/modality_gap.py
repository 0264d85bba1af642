"""How far a model's crops lie from its texts: the modality gap (docs/protocol.md §9)."""

from __future__ import annotations

import torch

from dcikit.schema.results import ModalityGap

from .encode import Window
from .encodings import unit


class GapMeter:
    """Sums the embeddings of crops and of the first text of each item, at length 1, window by window."""

    def __init__(self) -> None:
        self.crops = self.texts = 0
        self._crop_sum = self._text_sum = torch.zeros(1, dtype=torch.float64)

    def add(self, window: Window) -> None:
        """Takes a window of a dual encoder."""
        place = {text: index for index, text in enumerate(window.tokens)}
        first = [place[next(iter(tokens.values()))] for tokens in window.item_tokens if tokens]
        if not first:
            return
        self._crop_sum = self._crop_sum + unit(window.images).sum(0)
        self._text_sum = self._text_sum + unit(window.texts[first]).sum(0)
        self.crops += len(window.images)
        self.texts += len(first)

    def gap(self) -> ModalityGap | None:
        """The distance of the two means, and their cosine; None before anything was added."""
        if not self.crops:
            return None
        crop, text = self._crop_sum / self.crops, self._text_sum / self.texts
        distance, cosine = (crop - text).norm().item(), torch.dot(unit(crop), unit(text)).item()
        # Rounded, since the batch size moves float32 embeddings in their last digits.
        return ModalityGap(distance=round(distance, 6), cosine=round(cosine, 6), crops=self.crops)
