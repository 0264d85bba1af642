"""Errors of the Hub in one line: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dcikit.files.redact import redacted
from dcikit.schema.errors import DciError, first_line

_REMEDIES = {
    400: "the Hub refused the content",
    401: "log in: hf auth login",
    403: "use a token with write access to it (hf auth login), or propose it as a pull request: `create_pr`",
    404: "check the name, and that you may see it: hf auth whoami",
    409: "somebody else changed it at the same time: run the command again",
    412: "somebody else changed it at the same time: run the command again",
    413: "the Hub found it too large",
    429: "too many requests: wait some minutes, then run the command again, it goes on",
}


class HubError(DciError):
    """The Hub refused something, or could not be reached."""


@contextmanager
def hub_errors(what: str) -> Iterator[None]:
    """Turns the errors of huggingface_hub into `HubError`, without addresses or headers.

    Args:
        what: the repository, for the message.
    """
    try:
        yield
    except Exception as error:
        message = _message(cause(error))
        if message is None:
            raise
        raise HubError(f"{what}: {message}") from None


def _message(error: BaseException) -> str | None:
    """What happened and what to do; None if it is no error of the Hub."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

    if isinstance(error, LocalTokenNotFoundError):
        return "no token of the Hub was found; log in: hf auth login"
    if isinstance(error, OfflineModeIsEnabled):
        return "the Hub is switched off by HF_HUB_OFFLINE; unset it"
    if isinstance(error, HfHubHTTPError):
        status = status_of(error)
        reason = redacted((error.server_message or "").strip().partition("\n")[0], get_token())
        remedy = _REMEDIES.get(status or 0, "run the command again, it goes on")
        return f"the Hub answered {status}{f', {reason!r}' if reason else ''}; {remedy}"
    if is_connection_error(error):
        return f"the connection failed ({type(error).__name__}); run the command again, it goes on"
    if type(error) is RuntimeError:  # what hf_xet raises, whatever went wrong
        return f"the upload failed ({redacted(first_line(error), get_token())}); run the command again, it goes on"
    return None


def cause(error: BaseException) -> BaseException:
    """The error behind the RuntimeError in which huggingface_hub wraps those of an upload."""
    while isinstance(error, RuntimeError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def status_of(error: Any) -> int | None:
    """The HTTP status of an error of huggingface_hub."""
    return getattr(getattr(error, "response", None), "status_code", None)


def is_connection_error(error: BaseException) -> bool:
    """Whether the connection failed: huggingface_hub 2 has httpx's errors, or httpx2's, 0.x those of requests."""
    names = {base.__module__.split(".")[0] + "." + base.__name__ for base in type(error).__mro__}
    known = {"httpx.TransportError", "httpx2.TransportError", "requests.RequestException"}
    return bool(names & known) or isinstance(error, (ConnectionError, TimeoutError))
