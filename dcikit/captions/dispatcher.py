"""Requests to a language model: so many at a time, retried with growing pauses, and within a budget."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random

from dcikit.files.retry import ServerWait

from .chat_server import estimated_tokens
from .request import Answer, ChatModel, GenerationStopped, Request, RequestError

_RATE_LIMITED_RETRIES = 50
"""A rate limit passes, however long it takes; other trouble may not."""


@dataclass(frozen=True)
class Budget:
    """What a run may spend; None: as much as it takes. Requests that fail count too."""

    requests: int | None = None
    tokens: int | None = None


class Dispatcher:
    """The one way to a language model.

    Args:
        model: who answers.
        concurrency: requests in flight.
        retries: of a request that failed in a way that may pass; a rate limit is waited for much longer.
        pause: seconds before the first retry; doubled for each further one.
        budget: what may be spent. Tokens are reserved before a request, as estimated, so that they are never exceeded
            by those in flight.
        give_up: after so many requests in a row that failed for good, the server counts as dead.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        concurrency: int = 16,
        retries: int = 5,
        pause: float = 1.0,
        budget: Budget | None = None,
        give_up: int = 8,
    ) -> None:
        self.model = model
        self.concurrency = concurrency
        self.retries = retries
        self.pause = pause
        self.budget = budget or Budget()
        self.give_up = give_up
        self.counts: Counter[str] = Counter(requests=0, answers=0, tokens=0, retried=0, failed=0)
        self.errors: Counter[str] = Counter()
        self.stopped = ""
        self._slots = asyncio.Semaphore(concurrency)
        self._reserved = 0
        self._quiet_until = 0.0
        self._failed_in_a_row = 0

    async def ask(self, request: Request) -> Answer:
        """An answer, however many attempts it takes.

        Raises:
            RequestError: if the request failed for good.
            GenerationStopped: if nothing is asked any more: the budget is spent, or the server is dead or refuses us.
        """
        through_limits = self._retrying(_is_rate_limit, _RATE_LIMITED_RETRIES)
        through_failures = self._retrying(lambda error: _may_pass(error) and not _is_rate_limit(error), self.retries)
        try:
            return await through_limits(through_failures, self._in_turn, request)
        except RequestError as error:
            raise self._for_good(error) from None

    def _retrying(self, passes: Callable[[BaseException], bool], retries: int) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception(passes),
            wait=ServerWait(_asked, self.pause) + wait_random(0, self.pause / 2),
            stop=stop_after_attempt(1 + retries),
            before_sleep=self._note_pause,
            sleep=asyncio.sleep,
            reraise=True,
        )

    def _note_pause(self, attempt: RetryCallState) -> None:
        self.counts["retried"] += 1
        error = attempt.outcome.exception() if attempt.outcome else None
        if error and attempt.next_action and (_is_rate_limit(error) or _asked(error) is not None):
            until = asyncio.get_running_loop().time() + attempt.next_action.sleep
            self._quiet_until = max(self._quiet_until, until)

    async def close(self) -> None:
        """Ends a run; another one, in another event loop, may follow."""
        self._slots, self._quiet_until = asyncio.Semaphore(self.concurrency), 0.0
        await self.model.close()

    async def _in_turn(self, request: Request) -> Answer:
        """One attempt, as soon as fewer than `concurrency` are in flight."""
        async with self._slots:
            await self._wait_for_quiet()
            try:
                answer = await self._send(request)
            except RequestError as error:
                self.errors[error.kind] += 1
                raise
        self._failed_in_a_row = 0
        return answer

    async def _send(self, request: Request) -> Answer:
        expected = estimated_tokens(request) + request.max_tokens
        self._reserve(expected)
        try:
            answer = await self.model.answer(request)
        finally:
            self._reserved -= expected
        self.counts["answers"] += 1
        self.counts["tokens"] += answer.tokens
        return answer

    def _reserve(self, tokens: int) -> None:
        if not self.stopped:
            if self.budget.requests is not None and self.counts["requests"] >= self.budget.requests:
                self.stopped = f"the budget of {self.budget.requests:,} requests is spent"
            spent = self.counts["tokens"] + self._reserved + tokens
            if self.budget.tokens is not None and spent > self.budget.tokens:
                self.stopped = f"the budget of {self.budget.tokens:,} tokens does not allow for another request"
        if self.stopped:
            raise GenerationStopped(self.stopped)
        self._reserved += tokens
        self.counts["requests"] += 1

    async def _wait_for_quiet(self) -> None:
        """While the server asks for rest, nobody sends."""
        loop = asyncio.get_running_loop()
        while (rest := self._quiet_until - loop.time()) > 0 and not self.stopped:
            await asyncio.sleep(min(rest, 1.0))

    def _for_good(self, error: RequestError) -> Exception:
        self.counts["failed"] += 1
        self._failed_in_a_row += error.retry
        if error.fatal:
            self.stopped = self.stopped or str(error)
        elif self._failed_in_a_row >= self.give_up:
            self.stopped = self.stopped or f"{self._failed_in_a_row} requests in a row failed, the last one: {error}"
        return GenerationStopped(self.stopped) if self.stopped else error


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, RequestError) and error.retry


def _is_rate_limit(error: BaseException) -> bool:
    return isinstance(error, RequestError) and error.is_rate_limit


def _asked(error: BaseException) -> float | None:
    return error.wait if isinstance(error, RequestError) else None
