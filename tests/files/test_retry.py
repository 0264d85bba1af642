"""How long a retry waits."""

from __future__ import annotations

from email.utils import format_datetime

import pytest
from tenacity import Retrying, stop_after_attempt

from dcikit.files.retry import LONGEST_WAIT, ServerWait, retry_after


class Refused(Exception):
    def __init__(self, asked: float | None) -> None:
        self.asked = asked


def waits(*asked: float | None) -> list[float]:
    """What is waited before each retry of a call that is refused so many times."""
    waited: list[float] = []
    errors = iter([*asked, None])

    def call() -> None:
        raise Refused(next(errors))

    wait = ServerWait(lambda error: error.asked if isinstance(error, Refused) else None, first=2)
    retrying = Retrying(wait=wait, stop=stop_after_attempt(1 + len(asked)), sleep=waited.append, reraise=True)
    with pytest.raises(Refused):
        retrying(call)
    return waited


def test_twice_as_long_each_time_up_to_a_minute() -> None:
    assert waits(*[None] * 8) == [2, 4, 8, 16, 32, 60, 60, 60]


def test_as_long_as_the_server_asks_within_reason() -> None:
    assert waits(0.5, None, 7, 10**9) == [0.5, 4, 7, LONGEST_WAIT]


def test_retry_after() -> None:
    assert retry_after("1.5") == 1.5
    assert retry_after("-3") == 0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") is None and retry_after("") is None and retry_after(None) is None


def test_retry_after_a_date() -> None:
    from datetime import datetime, timedelta, timezone

    asked = retry_after(format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True))
    assert asked is not None and 3500 < asked <= 3600
