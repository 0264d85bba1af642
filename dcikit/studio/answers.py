"""Answers that a browser keeps, and asks for again only if they have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import Request, Response


def unless_known(request: Request, state: str, make: Callable[[], bytes], media_type: str) -> Response:
    """What `make` gives; 304 Not Modified, without making it, if the browser has it already.

    Args:
        state: changes whenever the answer does, but for another version of this package.
    """
    state = f"{version('dcikit')} {state}"
    tag = f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", "").replace("W/", "").split(", "):
        return Response(status_code=304, headers=headers)
    return Response(make(), media_type=media_type, headers=headers)


def json_bytes(document: Any) -> bytes:
    """A JSON document as FastAPI would send it."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
