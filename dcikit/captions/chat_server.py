"""A language model behind an OpenAI-compatible server, through huggingface_hub."""

from __future__ import annotations

import asyncio
import base64
import itertools
from typing import Any
from urllib.parse import urlsplit

from dcikit.files.limits import ANSWER_CHARACTERS
from dcikit.files.redact import plain, public_url, redacted, secrets_of
from dcikit.files.retry import retry_after
from dcikit.schema.errors import ArgumentError, first_line

from .request import RATE_LIMIT, Answer, Request, RequestError

_SLOTS_OF_A_CLIENT = 64
"""A client's connection pool holds 100; a request that waits for a connection would seem to time out."""

_REASON = 200
"""Characters of a server's own words in our messages."""

_MOST_TOKENS = 10**7
"""Tokens that one answer can have cost, whatever the server counts."""

_IMAGE_TOKENS = 1500
"""Tokens of an image; models that cut it in tiles take up to twice as many."""

_TRUSTED = ("huggingface.co", "hf.co", "endpoints.huggingface.cloud")
"""Hosts that may see the user's Hub token: huggingface_hub would send it to any server without a key."""


class ChatServer:
    """Asks `url`/chat/completions: vLLM, TGI, llama.cpp, Inference Providers (https://router.huggingface.co/v1), ...

    Args:
        url: such as http://localhost:8000/v1.
        model: the model's name there.
        api_key: None: the user's Hub token for hosts of Hugging Face, none for others.
        temperature: of the sampling.
        timeout: seconds from sending a request to having the whole answer.
        concurrency: requests that may be in flight.

    Raises:
        ArgumentError: if `url` is none.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        temperature: float = 0.7,
        timeout: float = 120.0,
        concurrency: int = 16,
    ) -> None:
        host = urlsplit(url).hostname
        if not url.startswith(("http://", "https://")) or host is None:
            raise ArgumentError(f"`llm` must be a URL such as http://localhost:8000/v1, got {public_url(url)!r}")
        trusted = url.startswith("https://") and any(host == name or host.endswith(f".{name}") for name in _TRUSTED)
        self.url = url
        self.model = model
        self.temperature = temperature
        self.timeout = timeout
        self._key = api_key or (None if trusted else "none")
        self._clients: list[Any] = []
        self._next = itertools.cycle(range(-(-concurrency // _SLOTS_OF_A_CLIENT)))

    @property
    def identity(self) -> dict[str, Any]:
        """The URL is not part of it: the same model may move."""
        return {"engine": "server", "model": self.model, "temperature": self.temperature}

    async def answer(self, request: Request) -> Answer:
        """Asks once.

        Raises:
            RequestError: if there is no answer, and whether another attempt makes sense.
        """
        client = self._client(next(self._next))
        call = client.chat_completion(
            messages=[{"role": "user", "content": _content(request)}],
            model=self.model,
            max_tokens=request.max_tokens,
            temperature=self.temperature,
            seed=request.seed,
        )
        try:
            # The client's own time-out starts anew with every byte, or covers only a part of the exchange.
            output = await asyncio.wait_for(call, self.timeout)
            choice = output.choices[0]
            text = choice.message.content
            if not isinstance(text, str):
                text = ""
            if len(text) > ANSWER_CHARACTERS:
                raise ValueError(f"{len(text):,} characters, at most {ANSWER_CHARACTERS:,} are read")
            tokens = output.usage.total_tokens if output.usage else None
            if type(tokens) is not int or not 0 <= tokens <= _MOST_TOKENS:
                tokens = estimated_tokens(request) + len(text) // 3
            return Answer(text, choice.finish_reason != "length", tokens)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            raise _request_error(error, public_url(self.url), self._secrets()) from None

    def _secrets(self) -> list[str]:
        """What a server might send back in an error."""
        from huggingface_hub import get_token

        return [*secrets_of(self.url), *(secret for secret in (self._key, get_token()) if secret and secret != "none")]

    async def close(self) -> None:
        for client in self._clients:
            await client.__aexit__(None, None, None)
        self._clients = []

    def _client(self, number: int) -> Any:
        from .bounded_client import BoundedClient

        while len(self._clients) <= number:
            self._clients.append(BoundedClient(base_url=self.url, api_key=self._key, timeout=self.timeout))
        return self._clients[number]


def estimated_tokens(request: Request) -> int:
    """At least about as many as a language model counts in a question in English, and in a photo of a megapixel."""
    return len(request.prompt) // 3 + 1 + (_IMAGE_TOKENS if request.image else 0)


def _content(request: Request) -> str | list[dict[str, Any]]:
    """The question as a message holds it: an image is a data URL."""
    if not request.image:
        return request.prompt
    url = f"data:image/jpeg;base64,{base64.b64encode(request.image).decode('ascii')}"
    return [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": request.prompt}]


def _request_error(error: Exception, url: str, secrets: list[str]) -> RequestError:
    """Errors of httpx (huggingface_hub 1 and 2), aiohttp (0.x) and of parsing, told apart by what they hold."""
    reason = plain(redacted(first_line(error), *secrets))[:_REASON]
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "status", None)
    headers = getattr(response, "headers", None) or getattr(error, "headers", None) or {}
    if type(error).__name__ == "OfflineModeIsEnabled":
        message = "HF_HUB_OFFLINE keeps huggingface_hub from any server, local ones too; unset it for this command"
        return RequestError(message, "offline", retry=False, fatal=True)
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)) or "Timeout" in type(error).__name__:
        return RequestError(f"{url} did not answer in time", "timed out")
    if status == 429:
        return RequestError(f"{url} limits the rate", RATE_LIMIT, wait=retry_after(headers.get("Retry-After")))
    if status in (401, 403, 404):
        remedy = "check the URL and the model's name" if status == 404 else "check the API key"
        message = f"{url} answers {status}: {reason}; {remedy}"
        return RequestError(message, f"status {status}", retry=False, fatal=True)
    if status is not None:
        wait = retry_after(headers.get("Retry-After")) if status >= 500 else None
        retry = status >= 500 or status in (408, 425)
        return RequestError(f"{url} answers {status}: {reason}", f"status {status}", retry=retry, wait=wait)
    if isinstance(error, (ValueError, TypeError, KeyError, IndexError, AttributeError)):
        return RequestError(f"{url} answers what is no chat completion: {reason}", "broken answer")
    return RequestError(f"{url} cannot be reached: {reason}", "no connection")
