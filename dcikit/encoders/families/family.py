"""What is to be known of a kind of model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..dual_encoder import DualEncoder
from ..encoder import Encoder


@dataclass(frozen=True)
class Family:
    """A kind of model.

    Attributes:
        model_class: its class in transformers.
        model_type: as its config says.
        encoder: how it is run.
        pad_to_context: SigLIP was trained on texts padded to its context, and reads its last token.
        since: first major version of transformers whose own code for it works.
        first_position: places of the position table that no token gets (XLM-R starts behind its padding id).
    """

    model_class: str
    model_type: str
    encoder: Callable[..., Encoder] = DualEncoder
    pad_to_context: bool = False
    first_position: int = 0
    since: int = 4
