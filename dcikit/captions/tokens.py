"""Lengths in the tokens of the model that the captions are made for."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from dcikit.schema.errors import ArgumentError

_WORDS_PER_TOKEN = 65 / 75
"""docs/protocol.md §8 asks for about 65 words for the 75 tokens that CLIP leaves to the text."""

_NO_LIMIT = 10**6

_PROBE = "A densely captioned photograph, 1/4 of it café-coloured; sphinx of black quartz!"


class Tokens:
    """A tokenizer with the context that a caption has to fit.

    Args:
        tokenizer: a tokenizer of transformers.
        context: tokens, with the special ones; None: the tokenizer's own limit.

    Raises:
        ArgumentError: if no context is given and the tokenizer has none, or it is too small for a caption.
    """

    def __init__(self, tokenizer: Any, context: int | None = None) -> None:
        own = getattr(tokenizer, "model_max_length", _NO_LIMIT)
        if context is None and own >= _NO_LIMIT:
            raise ArgumentError("`context` must be given, the tokenizer has no limit of its own; 77 is CLIP's")
        self.tokenizer = tokenizer
        self.context = int(own if context is None else context)
        # A caption is counted again for each of its negatives.
        self._counted = lru_cache(maxsize=1 << 12)(self._count)
        if self.context < 8:
            raise ArgumentError(f"`context` must be at least 8 tokens, got {self.context}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Tokens, (self.tokenizer, self.context)

    @property
    def identity(self) -> dict[str, Any]:
        """The context, and a hash of how a probe is tokenized: names of folders say nothing."""
        probe = repr((len(self.tokenizer), self.tokenizer(_PROBE, verbose=False)["input_ids"]))
        return {"context": self.context, "tokenizer": hashlib.sha256(probe.encode()).hexdigest()[:16]}

    def count(self, text: str) -> int:
        """Tokens of a text, the special ones included."""
        return self._counted(text)

    def _count(self, text: str) -> int:
        return len(self.tokenizer(text, verbose=False)["input_ids"])

    def fits(self, text: str) -> bool:
        return self.count(text) <= self.context

    def words(self, tokens: int) -> int:
        """About how many English words go into so many tokens, the special ones included."""
        return max(1, round((tokens - 2) * _WORDS_PER_TOKEN))

    def first(self, parts: Sequence[str], limit: int, separator: str) -> int:
        """How many of the parts, joined from the first on, fit into `limit` tokens."""
        return bisect_right(range(1, len(parts) + 1), limit, key=lambda n: self.count(separator.join(parts[:n])))
