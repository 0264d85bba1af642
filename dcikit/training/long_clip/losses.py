"""What Long-CLIP compares short texts with (arXiv 2403.15378)."""

from __future__ import annotations

import torch
from torch import Tensor


def principal_features(images: Tensor, components: int) -> Tensor:
    """Image features without their details: projected on the principal components of the batch, and back.

    The components are those of the singular value decomposition of the centred features, and constants for the
    gradient: theirs is infinite where two singular values are equal, as the zeros of a small batch are.

    Args:
        images: (B, D), normalized.
        components: kept; all of them change nothing.

    Returns:
        (B, D), with the mean added again, not normalized again.
    """
    mean = images.mean(0)
    centred = images - mean
    directions = torch.linalg.svd(centred.detach(), full_matrices=False).Vh[:components]
    return centred @ directions.T @ directions + mean
