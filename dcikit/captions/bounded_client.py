"""huggingface_hub's client of language models, which takes no more of an answer than an answer can have."""

from __future__ import annotations

from typing import Any, cast

from huggingface_hub import AsyncInferenceClient

from dcikit.files.limits import ANSWER_BYTES


class BoundedClient(AsyncInferenceClient):
    """Raises ValueError as soon as the body of an answer is longer than `ANSWER_BYTES`, whatever its headers say.

    huggingface_hub reads a body as a whole. It does so by httpx from 1.0 on, and by aiohttp before.
    """

    async def _get_async_client(self) -> Any:
        client = await super()._get_async_client()
        hooks = client.event_hooks["response"]
        if _read_httpx not in hooks:
            client.event_hooks = {**client.event_hooks, "response": [_read_httpx, *hooks]}
        return client

    def _get_client_session(self, headers: Any = None) -> Any:
        session = cast(Any, super())._get_client_session(headers)
        request = session._request

        async def bounded(*arguments: Any, **options: Any) -> Any:
            response = await request(*arguments, **options)
            response._body = await _within_limit(response.content.iter_any())  # what its read() then gives
            return response

        session._request = bounded
        return session


async def _read_httpx(response: Any) -> None:
    response._content = await _within_limit(response.aiter_bytes())  # what its aread() then gives


async def _within_limit(blocks: Any) -> bytes:
    body = bytearray()
    async for block in blocks:
        body += block
        if len(body) > ANSWER_BYTES:
            raise ValueError(f"more than {ANSWER_BYTES:,} bytes")
    return bytes(body)
