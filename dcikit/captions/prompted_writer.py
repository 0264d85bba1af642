"""Summaries and negatives that a language model writes, question by question (docs/protocol.md §8)."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from dcikit.schema.regions import NEGATIVE_KINDS

from .checks import KEPT_LONGER, LONGER, SHORTER, Reason, negative_defect
from .conversation import Conversation, Limits
from .generation_result import FEW, NO_CAPTION, NO_TEXT, GenerationResult, alternatives_wanted, negatives_wanted
from .prompt_files import Prompts
from .request import ChatClient
from .source import Source, truncated_description
from .tokens import Tokens

NO_SUMMARY = "no caption that passes the checks"


class PromptedWriter:
    """A language model behind our prompts.

    Args:
        identity: of the language model that will answer.
        prompts: what is asked.
        tokens: what captions must fit.
        limits: how much.
        seed: another seed asks for other texts.
    """

    def __init__(
        self, identity: dict[str, Any], prompts: Prompts, tokens: Tokens, *, limits: Limits | None = None, seed: int = 0
    ) -> None:
        self.model = identity
        self.prompts = prompts
        self.tokens = tokens
        self.limits = limits or Limits()
        self.seed = seed

    @property
    def identity(self) -> dict[str, Any]:
        return {
            **self.model,
            "seed": self.seed,
            **self.tokens.identity,
            **asdict(self.limits),
            "prompts": {"version": self.prompts.version, "sha256": self.prompts.hashes},
        }

    def _conversation(self, source: Source, client: ChatClient) -> Conversation:
        return Conversation(self.prompts, self.tokens, self.limits, self.seed, source, client)

    async def summaries(self, source: Source, client: ChatClient) -> GenerationResult:
        if source.is_empty:
            return GenerationResult(missing=[NO_TEXT])
        conversation = self._conversation(source, client)
        result, context, limits = conversation.result, self.tokens.context, self.limits
        text = truncated_description(source, self.tokens, limits.summary_source)
        # A text that fits already is asked for no more words than it has, so that none are invented.
        is_short = self.tokens.fits(source.text)
        words = len(text.split()) if is_short else self.tokens.words(context)
        first = await conversation.one("brief" if is_short else "summary", text, words, context)
        if first is None:
            result.missing.append(NO_SUMMARY)
            return result
        wanted = alternatives_wanted(source, self.tokens)
        text = truncated_description(source, self.tokens, limits.list_source)
        result.captions = [first, *await conversation.several(text, wanted, first)]
        if len(result.captions) <= wanted:
            result.missing.append(FEW)
        return result

    async def negatives(self, source: Source, captions: list[str], client: ChatClient) -> GenerationResult:
        if not captions:
            return GenerationResult(missing=[NO_CAPTION])
        conversation, caption = self._conversation(source, client), captions[0]
        result, wanted = conversation.result, negatives_wanted(source)
        limit = min(self.tokens.context, self.tokens.count(caption) + KEPT_LONGER)
        for kind in NEGATIVE_KINDS:
            texts = result.negatives.setdefault(kind, [])
            fault = partial(self._negative_fault, kind=kind, captions=captions, result=result)
            for number in range(wanted):
                text = await conversation.one(kind, caption, len(caption.split()), limit, fault, texts, number)
                if text is not None:
                    texts.append(text)
            if len(texts) < wanted:
                result.missing.append(f"{'not all' if texts else 'none'} of {kind}")
        return result

    def _negative_fault(self, text: str, *, kind: str, captions: list[str], result: GenerationResult) -> Reason | None:
        own = self.tokens.count(captions[0])
        if not own - SHORTER <= self.tokens.count(text) <= own + LONGER:
            return Reason.length
        earlier = [text for found in result.negatives.values() for text in found]
        return negative_defect(text, captions[0], [*captions, *earlier], kind, self.limits.own_words)
