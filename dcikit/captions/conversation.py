"""What one step asks a language model about one region, until an answer passes (docs/protocol.md §8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .checks import EXPLANATION, OWN_WORDS, Reason, clean, defect, split_list
from .generation_result import GenerationResult, derived_seed
from .prompt_files import Prompts
from .request import Answer, ChatClient, Request
from .source import Source
from .tokens import Tokens
from .words import normal

_PER_LIST = 5
_LIST_ANSWER = 2
"""A list may be so many times as long as one answer."""


@dataclass(frozen=True)
class Limits:
    """How much is read and asked.

    Attributes:
        summary_source, list_source: tokens of the description that a caption, and a list of them, is made from.
        attempts: answers that may fail the checks for each text.
        shortenings: how often one text is shortened before it counts as too long.
        answer_tokens: the longest answer, in the model's tokens.
        own_words: see `checks.OWN_WORDS`.
    """

    summary_source: int = 2000
    list_source: int = 1000
    attempts: int = 3
    shortenings: int = 3
    answer_tokens: int = 512
    own_words: float = OWN_WORDS


class Conversation:
    """The requests of one step for one region: answers are checked, asked for again, shortened.

    Attributes:
        result: what is counted so far; the caller adds the texts.
    """

    def __init__(
        self, prompts: Prompts, tokens: Tokens, limits: Limits, seed: int, source: Source, client: ChatClient
    ) -> None:
        self.prompts = prompts
        self.tokens = tokens
        self.limits = limits
        self.seed = seed
        self.source = source
        self.client = client
        self.result = GenerationResult()

    async def one(
        self,
        prompt: str,
        text: str,
        words: int,
        limit: int,
        fault: Callable[[str], Reason | None] = lambda text: None,
        others: Sequence[str] = (),
        number: int = 0,
    ) -> str | None:
        """A text that passes the checks and has at most `limit` tokens; None if no attempt gave one."""
        why: Reason | None = None
        for attempt in range(self.limits.attempts):
            question = self._question(self.prompts.fill(prompt, text=text, words=words), others, why)
            answer, why = await self._answer(question, prompt, number, attempt)
            why = why or fault(answer)
            if why is None and self.tokens.count(answer) > limit:
                answer, why = await self._shortened(answer, limit, number, attempt)
                why = why or fault(answer)
            if why is None:
                return answer
            self.result.refused[why.value] += 1
        return None

    async def several(self, text: str, count: int, first: str) -> list[str]:
        """Up to `count` different captions, none of them `first`."""
        found: list[str] = []
        words = max(5, self.tokens.words(self.tokens.context) // 2)
        template = self.prompts.texts["alternatives"]
        filled = self.prompts.fill("alternatives", text=text, words=words, count=_PER_LIST)
        for attempt in range(-(-count // _PER_LIST) + self.limits.attempts - 1):
            request = self._request(self._question(filled, [first, *found], None), "alternatives", 0, attempt)
            answer = await self._ask(request)
            items = split_list(answer.text)
            for index, item in enumerate(items):
                finished = answer.finished or index < len(items) - 1
                why = defect(item, template, finished=finished)
                if why is None and not self.tokens.fits(item):
                    why = Reason.too_long
                if why is None and normal(item) in map(normal, [first, *found]):
                    why = Reason.repeated
                if why is not None:
                    self.result.refused[why.value] += 1
                elif len(found) < count:
                    found.append(item)
            if not items:
                self.result.refused[Reason.empty.value] += 1
            if len(found) == count:
                break
        return found

    async def _shortened(self, text: str, limit: int, number: int, attempt: int) -> tuple[str, Reason | None]:
        """The text, shortened again and again by the model until it fits."""
        for step in range(self.limits.shortenings):
            own_ratio = len(text.split()) * limit / self.tokens.count(text)
            words = max(3, int(min(own_ratio, self.tokens.words(limit)) * 0.95 ** (step + 1)))
            question = self.prompts.fill("shorten", text=text, words=words)
            shorter, why = await self._answer(question, "shorten", number, attempt, step)
            if why is not None:
                return shorter, why
            if self.tokens.count(shorter) <= limit:
                return shorter, None
            if self.tokens.count(shorter) < self.tokens.count(text):
                text = shorter
        return text, Reason.too_long

    def _question(self, prompt: str, others: Sequence[str], why: Reason | None) -> str:
        parts = [prompt]
        if others:
            listed = "\n".join(f"- {other}" for other in others)
            parts.insert(0, self.prompts.fill("different", others=listed))
        if why is not None:
            parts.insert(0, self.prompts.fill("again", why=EXPLANATION[why]))
        return "\n\n".join(parts)

    async def _answer(self, question: str, prompt: str, *which: int) -> tuple[str, Reason | None]:
        answer = await self._ask(self._request(question, prompt, *which))
        text = clean(answer.text)
        return text, defect(text, self.prompts.texts[prompt], finished=answer.finished)

    def _request(self, question: str, prompt: str, *which: int) -> Request:
        seed = derived_seed(self.seed, self.source.name, self.source.key, prompt, *which)
        longest = self.limits.answer_tokens * (_LIST_ANSWER if prompt == "alternatives" else 1)
        return Request(question, seed, longest)

    async def _ask(self, request: Request) -> Answer:
        self.result.requests += 1
        return await self.client.ask(request)
