"""Requests to an engine: so many at a time, tried again with growing pauses, and within a budget."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass

from .chat_server import estimated_tokens
from .request import Answer, Engine, EngineError, Request, Stopped

_RATE_LIMITED_RETRIES = 50
_LONGEST_PAUSE = 60.0
_LONGEST_WAIT = 600.0
"""Seconds; no longer rest is taken, whatever Retry-After says."""


@dataclass(frozen=True)
class Budget:
    """What a run may spend; None: as much as it takes. Requests that fail count too."""

    requests: int | None = None
    tokens: int | None = None


class Dispatcher:
    """The one way to an engine.

    Args:
        engine: who answers.
        concurrency: requests in flight.
        retries: of a request that failed in a way that may pass; a rate limit is waited for much longer.
        pause: seconds before the first retry; doubled for each further one.
        budget: what may be spent. Tokens are reserved before a request, as estimated, so that they are never exceeded
            by those in flight.
        give_up: after so many requests in a row that failed for good, the server counts as dead.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        concurrency: int = 16,
        retries: int = 5,
        pause: float = 1.0,
        budget: Budget | None = None,
        give_up: int = 8,
    ) -> None:
        self.engine = engine
        self.concurrency = concurrency
        self.retries = retries
        self.pause = pause
        self.budget = budget or Budget()
        self.give_up = give_up
        self.counts: Counter[str] = Counter(requests=0, answers=0, tokens=0, retried=0, failed=0)
        self.errors: Counter[str] = Counter()
        self.stopped = ""
        self._slots: asyncio.Semaphore | None = None
        self._reserved = 0
        self._quiet_until = 0.0
        self._failed_in_a_row = 0

    async def ask(self, request: Request) -> Answer:
        """An answer, however many attempts it takes.

        Raises:
            EngineError: if the request failed for good.
            Stopped: if nothing is asked any more: the budget is spent, or the server is dead or refuses us.
        """
        self._slots = self._slots or asyncio.Semaphore(self.concurrency)
        failures = limited = 0
        while True:
            async with self._slots:
                await self._wait_for_quiet()
                try:
                    answer = await self._send(request)
                except EngineError as error:
                    failure = error
                else:
                    self._failed_in_a_row = 0
                    return answer
            self.errors[failure.kind] += 1
            is_limit = failure.kind.startswith("rate limit")
            failures, limited = failures + (not is_limit), limited + is_limit
            if not failure.retry or failures > self.retries or limited > _RATE_LIMITED_RETRIES:
                raise self._for_good(failure)
            self.counts["retried"] += 1
            pause = min(_LONGEST_PAUSE, self.pause * 2 ** (failures + limited - 1)) * random.uniform(0.5, 1)
            if failure.wait is not None:
                pause = min(_LONGEST_WAIT, failure.wait) + random.uniform(0, self.pause / 10)
            if is_limit or failure.wait is not None:
                self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + pause)
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Ends a run; another one, in another event loop, may follow."""
        self._slots, self._quiet_until = None, 0.0
        await self.engine.close()

    async def _send(self, request: Request) -> Answer:
        expected = estimated_tokens(request.prompt) + request.max_tokens
        self._reserve(expected)
        try:
            answer = await self.engine.answer(request)
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
            raise Stopped(self.stopped)
        self._reserved += tokens
        self.counts["requests"] += 1

    async def _wait_for_quiet(self) -> None:
        """While the server asks for rest, nobody sends."""
        loop = asyncio.get_running_loop()
        while (rest := self._quiet_until - loop.time()) > 0 and not self.stopped:
            await asyncio.sleep(min(rest, 1.0))

    def _for_good(self, error: EngineError) -> Exception:
        self.counts["failed"] += 1
        self._failed_in_a_row += error.retry
        if error.fatal:
            self.stopped = self.stopped or str(error)
        elif self._failed_in_a_row >= self.give_up:
            self.stopped = self.stopped or f"{self._failed_in_a_row} requests in a row failed, the last one: {error}"
        return Stopped(self.stopped) if self.stopped else error
