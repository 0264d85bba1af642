"""What is asked of a language model, what it answers, and how it fails."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from dcikit.schema.errors import ModelError

RATE_LIMIT = "rate limit (429)"
"""Kind of the error of a server that is asked too often."""


@dataclass(frozen=True)
class Request:
    """One question. The same request, seed included, is the same question: it is asked once.

    Attributes:
        image: a JPEG that the prompt is about; empty for none.
    """

    prompt: str
    seed: int
    max_tokens: int
    image: bytes = b""

    def key(self, settings: str) -> str:
        """A hash of the request and of the settings it is made under."""
        image = hashlib.sha256(self.image).hexdigest()
        return hashlib.sha256(json.dumps([settings, asdict(self) | {"image": image}]).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """A model's text; `finished` is False where it ran into `max_tokens`; `tokens` is what it cost in all."""

    text: str
    finished: bool
    tokens: int


class RequestError(ModelError):
    """A request that got no answer.

    Attributes:
        kind: what reports count, such as "timed out".
        retry: whether the same request may succeed later.
        wait: seconds that the server asks to wait, for all requests; None if it does not say.
        fatal: no request will succeed, such as with a wrong key.
    """

    def __init__(
        self, message: str, kind: str, *, retry: bool = True, wait: float | None = None, fatal: bool = False
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry = retry
        self.wait = wait
        self.fatal = fatal

    @property
    def is_rate_limit(self) -> bool:
        return self.kind == RATE_LIMIT


class GenerationStopped(RuntimeError):
    """Nothing is asked any more: the budget is spent, or the model is gone."""


class ChatModel(Protocol):
    """A language model, behind a server or in this process."""

    @property
    def identity(self) -> dict[str, Any]:
        """What answers depend on: the model and its sampling parameters."""

    async def answer(self, request: Request) -> Answer:
        """Asks once; raises RequestError."""

    async def close(self) -> None: ...


class ChatClient(Protocol):
    """A way to a language model that may retry, and remember answers."""

    async def ask(self, request: Request) -> Answer: ...
