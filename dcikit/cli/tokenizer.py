"""The tokenizer that says which texts are too long for CLIP."""

from __future__ import annotations

from typing import Any

from dcikit.schema.errors import ArgumentError

from .console import Console

TOKENIZER_HELP = "What texts must fit; Hub id or folder. Default: CLIP's, which is built in."


def caption_tokenizer(name: str | None) -> Any:
    """The tokenizer of a folder or Hub id, said on stderr; None: CLIP's, which needs no network."""
    used = name or "CLIP, which is built in"
    if name is None:
        from dcikit.captions.clip_tokenizer import clip_tokenizer

        tokenizer = clip_tokenizer()
    else:
        from dcikit.encoders.loading import Unloadable, load_tokenizer

        try:
            tokenizer = load_tokenizer(name)
        except Unloadable as error:
            raise ArgumentError(
                f"`--tokenizer` must be a folder or a Hub id with a tokenizer, got {name}: {error}"
            ) from None
    Console(stderr=True).print(f"Tokens are those of {used}.", highlight=False, soft_wrap=True)
    return tokenizer
