"""Embeddings -> how many others score higher than each query's own: pure functions on tensors (docs/protocol.md §6).

The similarity matrix is walked once, in blocks of `ROWS` x `COLUMNS` that serve both directions; no more of it is ever
held. The counts are exact: they do not depend on the blocks, the threads or the device (see `blocks`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from dcikit.engine.exact import exact_unit

from .blocks import count_block, float32_is_kept, pair_scores

ROWS, COLUMNS = 2048, 4096
"""Images and texts of a block: 32 MB of scores. Smaller ones cost more in waits of the threads for each other."""


class Ranks(NamedTuple):
    """Where each query's own stands among all candidates.

    Attributes:
        higher: (Q,) int64, how many others score strictly higher than its own, the best one of several.
        tied: (Q,) int64, how many others, none of its own, score exactly as high.
    """

    higher: Tensor
    tied: Tensor

    def hits(self, k: int) -> Tensor:
        """(Q,) whether fewer than k others score strictly higher: R@k is their mean."""
        return self.higher < k


def retrieval_ranks(images: Tensor, texts: Tensor, image_of: Tensor | None = None) -> tuple[Ranks, Ranks]:
    """Ranks by cosine similarity, image to text and text to image.

    Args:
        images: (N, D) embeddings of any length.
        texts: (M, D), on the same device.
        image_of: (M,) int64, the image of each text; None: text i belongs to image i.

    Returns:
        The ranks of the N images among the texts, and of the M texts among the images.

    Raises:
        ValueError: if a shape is wrong, an image has no text, or an embedding holds NaN or infinity.
    """
    image_of = _checked(images, texts, image_of)
    images, texts = exact_unit(images, "images"), exact_unit(texts, "texts")
    own_text = pair_scores(images, texts, image_of, torch.arange(len(texts), device=texts.device))
    own_image = own_text.new_full((len(images),), -torch.inf).scatter_reduce(0, image_of, own_text, "amax")
    own_best = torch.bincount(image_of[own_text == own_image[image_of]], minlength=len(images))

    i2t = Ranks(*torch.zeros(2, len(images), dtype=torch.int64, device=images.device))
    t2i = Ranks(*torch.zeros(2, len(texts), dtype=torch.int64, device=texts.device))
    fast = float32_is_kept(images[:ROWS], texts[:COLUMNS])
    for top in range(0, len(images), ROWS):
        rows = slice(top, top + ROWS)
        for left in range(0, len(texts), COLUMNS):
            columns = slice(left, left + COLUMNS)
            counts = count_block(images[rows], texts[columns], own_image[rows], own_text[columns], fast)
            for ranks, part, (higher, equal) in ((i2t, rows, counts.rows), (t2i, columns, counts.columns)):
                ranks.higher[part] += higher
                ranks.tied[part] += equal
    return i2t._replace(tied=i2t.tied - own_best), t2i._replace(tied=t2i.tied - 1)


def _checked(images: Tensor, texts: Tensor, image_of: Tensor | None) -> Tensor:
    """The image of each text."""
    if images.ndim != 2 or texts.ndim != 2 or images.shape[1] != texts.shape[1]:
        raise ValueError(
            "`images` and `texts` must be of shapes (N, D) and (M, D), "
            f"got {tuple(images.shape)} and {tuple(texts.shape)}"
        )
    if image_of is None:
        if len(images) != len(texts):
            raise ValueError(
                "`texts` must be as many as `images` where `image_of` is None, "
                f"got {len(texts)} texts of {len(images)} images"
            )
        return torch.arange(len(images), device=images.device)
    if image_of.shape != texts.shape[:1] or not ((image_of >= 0) & (image_of < len(images))).all():
        raise ValueError(f"`image_of` must hold a row of `images` for each of the {len(texts)} texts")
    alone = (torch.bincount(image_of, minlength=len(images)) == 0).nonzero()
    if len(alone):
        raise ValueError(f"row {int(alone[0])} of `images` has no text; leave it out")
    return image_of
