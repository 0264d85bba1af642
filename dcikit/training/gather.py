"""The features of all processes, so that a loss spans the global batch."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor


def gathered(features: Tensor) -> Tensor:
    """(b, ...) of each of N processes -> (N*b, ...) on all of them, in the order of their ranks.

    Every process then computes the same loss of the same features. Each sends back the gradient of its own ones N
    times: DistributedDataParallel averages over the processes, and the sum over them is the gradient of that loss.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return features
    parts = [torch.empty_like(features) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, features.detach().contiguous())
    if features.requires_grad:
        own = features * 1  # a node of its own: the hook must not meet other uses of the features
        own.register_hook(lambda gradient: gradient * len(parts))
        parts[dist.get_rank()] = own
    return torch.cat(parts)
