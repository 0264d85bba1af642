"""Scores of the patches of a crop."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .encodings import Embeddings, unit
from .items import Label


class PatchMap(Embeddings):
    """The patches of a crop; for whoever asks for one embedding, their mean where the mask of the item is.

    Every patch counts with its length 1, and with the area of the mask in it (docs/protocol.md §13).

    Args:
        where: the item, for errors.
        patches: (h, w, D) features, of any length.
        texts: (D,) each.
        covered: (h, w) the area of the mask in each patch, in any unit; None: all patches count alike.

    Raises:
        ValueError: if one of them is not finite, or of another width.
    """

    def __init__(self, where: str, patches: Tensor, texts: Mapping[Label, Tensor], covered: Tensor | None) -> None:
        self.patches = unit(patches)
        self.covered = covered
        super().__init__(where, self._pooled(), texts)

    def scores(self, texts: Tensor) -> Tensor:
        """(n, h, w), float64: the cosine of every patch with n texts, (n, D); equal texts have equal scores."""
        return torch.stack([(self.patches * unit(text)).sum(-1) for text in texts])

    def _pooled(self) -> Tensor:
        weights = torch.ones(self.patches.shape[:2]) if self.covered is None else self.covered
        weighted = self.patches * weights.double()[..., None]
        return weighted.sum((0, 1)) / weights.sum()
