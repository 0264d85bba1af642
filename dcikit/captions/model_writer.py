"""Summaries and negatives that a language model writes, question by question (docs/protocol.md §8)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dcikit.schema.regions import NEGATIVE_KINDS

from .checks import KEPT_LONGER, LONGER, SHORTER, Reason, negative_defect
from .generation_result import FEW, NO_CAPTION, NO_TEXT, Made, Questions, alternatives_wanted, negatives_wanted
from .prompt_files import Prompts
from .prompting import Asking, Limits
from .source import Source, cut
from .tokens import Tokens

NO_SUMMARY = "no caption that passes the checks"


class Asked:
    """A language model behind our prompts.

    Args:
        identity: of the engine that will answer.
        prompts: what is asked.
        tokens: what captions must fit.
        limits: how much.
        seed: another seed asks for other texts.
    """

    def __init__(
        self, identity: dict[str, Any], prompts: Prompts, tokens: Tokens, *, limits: Limits | None = None, seed: int = 0
    ) -> None:
        self.engine = identity
        self.prompts = prompts
        self.tokens = tokens
        self.limits = limits or Limits()
        self.seed = seed

    @property
    def identity(self) -> dict[str, Any]:
        return {
            **self.engine,
            "seed": self.seed,
            **self.tokens.identity,
            **asdict(self.limits),
            "prompts": {"version": self.prompts.version, "sha256": self.prompts.hashes},
        }

    def _asking(self, source: Source, questions: Questions) -> Asking:
        return Asking(self.prompts, self.tokens, self.limits, self.seed, source, questions)

    async def summaries(self, source: Source, questions: Questions) -> Made:
        if source.is_empty:
            return Made(missing=[NO_TEXT])
        asking = self._asking(source, questions)
        text = cut(source, self.tokens, self.limits.summary_source)
        first = await asking.one("summary", text, self.tokens.words(self.tokens.context), self.tokens.context)
        if first is None:
            asking.made.missing.append(NO_SUMMARY)
            return asking.made
        asking.made.captions = [first]
        wanted = alternatives_wanted(source)
        asking.made.captions += await asking.several(cut(source, self.tokens, self.limits.list_source), wanted, first)
        if len(asking.made.captions) <= wanted:
            asking.made.missing.append(FEW)
        return asking.made

    async def negatives(self, source: Source, captions: list[str], questions: Questions) -> Made:
        if not captions:
            return Made(missing=[NO_CAPTION])
        asking, caption = self._asking(source, questions), captions[0]
        own = self.tokens.count(caption)
        for kind in NEGATIVE_KINDS:
            texts: list[str] = asking.made.negatives.setdefault(kind, [])

            def fault(text: str, kind: str = kind) -> Reason | None:
                if not own - SHORTER <= self.tokens.count(text) <= own + LONGER:
                    return Reason.length
                earlier = [text for found in asking.made.negatives.values() for text in found]
                return negative_defect(text, caption, [*captions, *earlier], kind, self.limits.own_words)

            limit = min(self.tokens.context, own + KEPT_LONGER)
            for number in range(negatives_wanted(source)):
                text = await asking.one(kind, caption, len(caption.split()), limit, fault, texts, number)
                if text is not None:
                    texts.append(text)
            if len(texts) < negatives_wanted(source):
                asking.made.missing.append(f"{'not all' if texts else 'none'} of {kind}")
        return asking.made
