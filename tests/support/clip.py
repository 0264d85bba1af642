"""Small CLIPs at random weights."""

from __future__ import annotations

from typing import Any

import torch


def make_clip(seed: int = 0, **text: Any) -> Any:
    """A CLIPModel at random weights; `text` changes its text tower."""
    from transformers import CLIPConfig, CLIPModel

    from dcikit.encoders.models import TINY_CLIP

    tower = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
    config = CLIPConfig.from_pretrained(TINY_CLIP)
    config.text_config.update({**tower, **text})
    config.vision_config.update(tower)
    torch.manual_seed(seed)
    return CLIPModel(config).eval()
