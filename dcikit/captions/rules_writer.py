"""The engine without a language model: extractive summaries, and negatives from DCI's own structure."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

from dcikit.schema.regions import NEGATIVE_KINDS

from .checks import KEPT_LONGER, OWN_WORDS, SHORTER, Reason, negative_defect
from .generation_result import (
    FEW,
    NO_CAPTION,
    NO_TEXT,
    GenerationResult,
    alternatives_wanted,
    derived_seed,
    negatives_wanted,
)
from .request import ChatClient
from .rules_negatives import Labels, candidates
from .rules_summaries import extracts
from .source import Source
from .tokens import Tokens

VERSION = 1
"""Changes with what the rules make."""

_CANDIDATES = 60


class Rules:
    """Summaries and negatives by rule; the same seed gives the same texts."""

    def __init__(self, tokens: Tokens, *, seed: int = 0, own_words: float = OWN_WORDS) -> None:
        self.tokens = tokens
        self.seed = seed
        self.own_words = own_words

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "engine": "rules",
            "version": VERSION,
            "seed": self.seed,
            "own_words": self.own_words,
            **self.tokens.identity,
        }

    async def summaries(self, source: Source, client: ChatClient) -> GenerationResult:
        if source.is_empty:
            return GenerationResult(missing=[NO_TEXT])
        count = alternatives_wanted(source)
        captions = extracts(source, self.tokens, count)
        if not captions:
            return GenerationResult(missing=["no sentence fits the context"])
        return GenerationResult(captions=captions, missing=[FEW] if len(captions) <= count else [])

    async def negatives(self, source: Source, captions: list[str], client: ChatClient) -> GenerationResult:
        if not captions:
            return GenerationResult(missing=[NO_CAPTION])
        made, labels, wanted = GenerationResult(), Labels.of(source.record), negatives_wanted(source)
        for kind in NEGATIVE_KINDS:
            rng = Random(derived_seed(self.seed, source.name, source.key, kind))
            texts: list[str] = []
            others = [*captions, *(text for found in made.negatives.values() for text in found)]
            for text in islice(candidates(captions[0], labels, kind, rng), _CANDIDATES):
                if len(texts) == wanted:
                    break
                reason = negative_defect(text, captions[0], [*others, *texts], kind, self.own_words)
                reason = reason or self._length_defect(text, captions[0])
                if reason is None:
                    texts.append(text)
                else:
                    made.refused[reason.value] += 1
            made.negatives[kind] = texts
            if len(texts) < wanted:
                made.missing.append(f"no rule for {'any' if not texts else 'all'} of {kind}")
        return made

    def _length_defect(self, text: str, caption: str) -> Reason | None:
        length, own = self.tokens.count(text), self.tokens.count(caption)
        if length > min(self.tokens.context, own + KEPT_LONGER):
            return Reason.too_long
        return Reason.length if length < own - SHORTER else None
