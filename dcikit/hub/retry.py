"""Calls to the Hub, made again after a refusal or a cut connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from dcikit.files.retry import ServerWait, retry_after

from .errors import cause, is_connection_error, status_of

T = TypeVar("T")

ATTEMPTS = 5
FIRST_WAIT = 2.0
"""Seconds before the first retry, unless the Hub asks for more."""

_REFUSED = (429, 503)
_TRANSIENT = (*_REFUSED, 408, 500, 502, 504)


def with_retries(call: Callable[[], T], *, repeatable: bool = True) -> T:
    """Calls again after errors that pass, as long as the Hub asks for, or longer each time.

    Args:
        call: what to do.
        repeatable: False if doing it twice is wrong: then only where the Hub says that it did nothing.
    """
    retrying = Retrying(
        retry=retry_if_exception(lambda error: _passes(cause(error), repeatable)),
        wait=ServerWait(_asked, FIRST_WAIT),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    return retrying(call)


def _passes(error: BaseException, repeatable: bool) -> bool:
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return status_of(error) in (_TRANSIENT if repeatable else _REFUSED)
    return repeatable and is_connection_error(error)


def _asked(error: BaseException) -> float | None:
    response = getattr(cause(error), "response", None)
    return None if response is None else retry_after(response.headers.get("Retry-After"))
