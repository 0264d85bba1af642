"""Where a model runs."""

from __future__ import annotations

import torch

from dcikit.schema.errors import ArgumentError, first_line


def available_device(device: str | torch.device | None) -> torch.device:
    """A device of this machine; None: its GPU if there is one, CUDA before Apple's.

    Raises:
        ArgumentError: if there is no such device.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = ["cpu", *(["cuda"] if torch.cuda.is_available() else []), *(["mps"] if _has_mps() else [])]
        problem = f"`device` must be one of this machine, {', '.join(there)}, got {str(device)!r}"
        raise ArgumentError(f"{problem}: {first_line(error)}") from None
    return chosen


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
