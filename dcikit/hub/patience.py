"""Calls to the Hub that go on after a refusal or a cut connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from .errors import cause, is_connection_error, status_of

T = TypeVar("T")

ATTEMPTS = 5
_REFUSED = (429, 503)
_TRANSIENT = (*_REFUSED, 408, 500, 502, 504)


def patiently(call: Callable[[], T], *, repeatable: bool = True) -> T:
    """Calls again after errors that pass, as long as the Hub asks for, or longer each time.

    Args:
        call: what to do.
        repeatable: False if doing it twice is wrong: then only where the Hub says that it did nothing.
    """
    attempt = 1
    while True:
        try:
            return call()
        except Exception as error:
            wait = _wait(cause(error), attempt, repeatable)
            if wait is None or attempt == ATTEMPTS:
                raise
        time.sleep(wait)
        attempt += 1


def _wait(error: BaseException, attempt: int, repeatable: bool) -> float | None:
    """Seconds before the next attempt; None if there should be none."""
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        if status_of(error) not in (_TRANSIENT if repeatable else _REFUSED):
            return None
        asked = _retry_after(error)
        return pause(attempt) if asked is None else asked
    return pause(attempt) if repeatable and is_connection_error(error) else None


def pause(attempt: int) -> float:
    """Seconds before the next attempt."""
    return float(2**attempt)


def _retry_after(error: Any) -> float | None:
    asked = error.response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None
