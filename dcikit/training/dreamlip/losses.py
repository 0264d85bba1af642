"""The losses of DreamLIP (arXiv 2403.17007), on logits and normalized features."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from dcikit.schema.errors import ArgumentError

from ..losses import contrastive_loss


def multi_positive_loss(logits_per_image: Tensor) -> Tensor:
    """The contrastive loss of the k-th sub-captions of all images, mean over k.

    So the sub-captions of one image are all positives, and never each other's negatives.

    Args:
        logits_per_image: (B, K*B), K sub-captions an image, columns grouped by image.

    Raises:
        ArgumentError: if the columns are no whole groups.
    """
    size = len(logits_per_image)
    if logits_per_image.ndim != 2 or logits_per_image.shape[1] == 0 or logits_per_image.shape[1] % size:
        raise ArgumentError(f"logits must be (B, K*B), got {tuple(logits_per_image.shape)}")
    each = logits_per_image.view(size, size, -1).unbind(2)
    return torch.stack([contrastive_loss(logits) for logits in each]).mean()


def patch_weights(similarity: Tensor, threshold: float = 1.0) -> Tensor:
    """How much each patch belongs to each sub-caption, with gradient, sum 1 over the patches.

    Similarities are min-max normalized over the patches, those under threshold / P are set to 0, and the rest is
    divided by its sum. Where all patches are equally similar, the weights are uniform, without gradient.

    Args:
        similarity: (B, K, P) of sub-captions to the P patches of their own image.
        threshold: in shares of 1/P; the paper's is 1.

    Returns:
        (B, K, P).
    """
    low = similarity.amin(-1, keepdim=True)
    spread = similarity.amax(-1, keepdim=True) - low
    flat = spread == 0
    scaled = (similarity - low) / spread.masked_fill(flat, 1)
    kept = scaled.masked_fill(scaled < threshold / similarity.shape[-1], 0).masked_fill(flat, 1)
    return kept / kept.sum(-1, keepdim=True)


def grouping_loss(
    sub_captions: Tensor,
    patches: Tensor,
    scale: Tensor | float,
    weights: Tensor | None = None,
    threshold: float = 1.0,
) -> Tensor:
    """Each sub-caption against the groups of patches of its own image: mean over images and both directions.

    The group of a sub-caption is the weighted sum of the patches, normalized; of its image's K groups it is to fit its
    own best, and the group it. Sub-captions of equal weights have equal groups, between which the loss is indifferent.

    Args:
        sub_captions: (B, K, D), normalized.
        patches: (B, P, D), normalized.
        scale: of the logits.
        weights: (B, K, P), sum 1 over the patches; None: `patch_weights` of the similarities.
        threshold: of `patch_weights`.
    """
    if weights is None:
        weights = patch_weights(sub_captions @ patches.mT, threshold)
    groups = normalize(weights @ patches, dim=-1)
    logits = scale * groups @ sub_captions.mT
    own = torch.arange(logits.shape[-1], device=logits.device).repeat(len(logits))
    return (cross_entropy(logits.flatten(0, 1), own) + cross_entropy(logits.mT.flatten(0, 1), own)) / 2
