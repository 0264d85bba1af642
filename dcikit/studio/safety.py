"""What a request must show before any page sees it, and what every answer tells the browser.

The app has no accounts: whoever reaches it may use it. So it listens on this computer alone, or asks for a token; it
answers only to its own names, or a page elsewhere could resolve its name to 127.0.0.1 and read along (DNS rebinding);
and what changes anything must come from its own pages (CSRF).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dcikit.schema.errors import ArgumentError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names of this computer, under whatever port: somebody may have forwarded one."""

TOKEN_LENGTH = 16
"""The fewest characters of a token."""

BODY_BYTES = 2**23
"""Bytes of a request's body, unless the app says otherwise."""

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)
"""Nothing inline, nothing from elsewhere: markup in a caption could do nothing even if it were not escaped."""

HEADERS = {
    "Content-Security-Policy": f"{CONTENT_POLICY}; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_READING = ("GET", "HEAD")


def check_address(host: str, token: str | None) -> None:
    """Refuses an address that others can reach without a token.

    Raises:
        ArgumentError: if there is no token, or a short one.
    """
    if token is None and host not in LOOPBACK:
        raise ArgumentError(
            f"`token` must be given where `host` is {host}: others can reach that; give one of {TOKEN_LENGTH} or more "
            "characters, or leave `host` as it is"
        )
    if token is not None and len(token) < TOKEN_LENGTH:
        raise ArgumentError(f"`token` must have {TOKEN_LENGTH} or more characters, got {len(token)}")


@dataclass
class Guard:
    """ASGI middleware around the whole app.

    Args:
        app: what it guards.
        token: what a request must know: as `?token=`, which becomes a cookie, or as `Authorization: Bearer`. None: any
            request from this computer is served. With a token the server answers to any name: a page of another name
            has no cookie of this one's.
        body_bytes: the largest body of a request.
    """

    app: ASGIApp
    token: str | None = None
    body_bytes: int = BODY_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        body = _Body(receive, send, self.body_bytes)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, body.receive, body.send)
            return
        try:
            await self.app(scope, body.receive, body.send)
        except _TooLarge:
            if not body.answered:
                await _too_large(self.body_bytes)(scope, receive, body.send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request is not served; None: it is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.token is None and _name(host) not in LOOPBACK:
            return PlainTextResponse("This server answers to localhost only.", 421)
        if scope["method"] not in _READING and _origin_host(headers.get("origin", "")) != host:
            return PlainTextResponse("Only this server's own pages may change anything.", 403)
        if (
            not headers.get("content-length", "0").isdigit()
            or int(headers.get("content-length", "0")) > self.body_bytes
        ):
            return _too_large(self.body_bytes)
        return None if self.token is None else self._locked(scope, headers, self.token)

    @staticmethod
    def _locked(scope: Scope, headers: Headers, token: str) -> Response | None:
        cookie = f"dci_studio_{(scope.get('server') or ('', 0))[1]}"  # browsers send it to all ports of a host
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token")
        if given is not None and scope["method"] in _READING and _same(given, token):
            rest = urlencode([(name, value) for name, value in query if name != "token"])
            path = "/" + scope["path"].lstrip("/\\")  # never to another host
            answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
            answer.set_cookie(cookie, token, httponly=True, samesite="lax")
            return answer
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if _same(_cookie(headers, cookie), token) or _same(bearer, token):
            return None
        return PlainTextResponse("Open the address with the token that the command printed: ...?token=TOKEN", 401)


class _TooLarge(Exception):
    """A body went over its limit while it was read."""


@dataclass
class _Body:
    """Counts the bytes of a request, and puts the headers on its answer."""

    read: Receive
    write: Send
    left: int
    answered: bool = False

    async def receive(self) -> Message:
        message = await self.read()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.answered = True
            if self.left < 0:  # whoever was reading may have made it an error of its own
                message["status"] = 413
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self.write(message)


def _too_large(limit: int) -> Response:
    return PlainTextResponse(f"A request may have {limit:,} bytes.", 413, headers={"Connection": "close"})


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _origin_host(origin: str) -> str | None:
    """The host and port of an Origin; None if it is none (`null`, say)."""
    scheme, separator, host = origin.partition("://")
    return host if separator and scheme in ("http", "https") else None


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())
