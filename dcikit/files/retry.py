"""How long to wait before something is tried again: for tenacity."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable

from tenacity import RetryCallState
from tenacity.wait import wait_base, wait_exponential

from .limits import WAIT_SECONDS

LONGEST_WAIT = WAIT_SECONDS
"""Seconds; nobody waits longer, whatever Retry-After says."""

_LONGEST_PAUSE = 60.0


class ServerWait(wait_base):
    """As long as the server asks for, at most `LONGEST_WAIT`; where it does not ask, twice as long each time.

    Args:
        asked: an error -> the seconds that the server asks to wait; None: it does not.
        first: seconds before the first retry, if the server does not ask.
    """

    def __init__(self, asked: Callable[[BaseException], float | None], first: float) -> None:
        self._asked = asked
        self._growing = wait_exponential(multiplier=first, max=_LONGEST_PAUSE)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = self._asked(error) if error else None
        return self._growing(retry_state) if asked is None else min(asked, LONGEST_WAIT)


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date; None if it is neither."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
