"""The engine without a language model: extractive summaries, and negatives from DCI's own structure."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

from dcikit.schema.regions import NEGATIVE_KINDS

from ..checks import KEPT_LONGER, OWN_WORDS, SHORTER, Reason, negative_defect
from ..generation_result import (
    FEW,
    NO_CAPTION,
    NO_TEXT,
    GenerationResult,
    alternatives_wanted,
    derived_seed,
    negatives_wanted,
)
from ..request import ChatClient
from ..source import Source
from ..tokens import Tokens
from . import spacy_tags, tables
from .negatives import candidates
from .summaries import extracts

VERSION = 2
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
            "words": tables.version(),
            "tagger": spacy_tags.version() or "lemminflect",
            "seed": self.seed,
            "own_words": self.own_words,
            **self.tokens.identity,
        }

    async def summaries(self, source: Source, client: ChatClient) -> GenerationResult:
        if source.is_empty:
            return GenerationResult(missing=[NO_TEXT])
        count = alternatives_wanted(source, self.tokens)
        captions = extracts(source, self.tokens, count)
        if not captions:
            return GenerationResult(missing=["no sentence fits the context"])
        return GenerationResult(captions=captions, missing=[FEW] if len(captions) <= count else [])

    async def negatives(self, source: Source, captions: list[str], client: ChatClient) -> GenerationResult:
        if not captions:
            return GenerationResult(missing=[NO_CAPTION])
        result, wanted = GenerationResult(), negatives_wanted(source)
        for kind in NEGATIVE_KINDS:
            rng = Random(derived_seed(self.seed, source.name, source.key, kind))
            texts: list[str] = []
            others = [*captions, *(text for found in result.negatives.values() for text in found)]
            for text in islice(candidates(captions[0], kind, rng), _CANDIDATES):
                if len(texts) == wanted:
                    break
                reason = negative_defect(text, captions[0], [*others, *texts], kind, self.own_words)
                reason = reason or self._length_defect(text, captions[0])
                if reason is None:
                    texts.append(text)
                else:
                    result.refused[reason.value] += 1
            result.negatives[kind] = texts
            if len(texts) < wanted:
                result.missing.append(f"{'no' if not texts else 'too few'} sound {kind} in the caption")
        return result

    def _length_defect(self, text: str, caption: str) -> Reason | None:
        length, own = self.tokens.count(text), self.tokens.count(caption)
        if length > min(self.tokens.context, own + KEPT_LONGER):
            return Reason.too_long
        return Reason.length if length < own - SHORTER else None
