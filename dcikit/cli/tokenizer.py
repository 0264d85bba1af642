"""The tokenizer that says which texts are too long for CLIP."""

from __future__ import annotations

from typing import Any

CLIP = "openai/clip-vit-base-patch32"


def tokenizer_or_none(name: str) -> Any:
    """The tokenizer of a folder or Hub id; None where there is neither a folder nor a network."""
    import transformers

    try:
        return transformers.AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError):
        return None
