"""Text of somebody else's, and addresses, as they may be shown: without keys, passwords and control characters."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

_HIDDEN = "[hidden]"
_TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{8,}|(?<=//)[^/\s@]+(?=@)|(?<=Bearer )[^\s'\"]+")
"""Tokens of the Hub, the name and password in front of a host, and what authorizes a request."""

_SHORTEST = 4
"""Characters of a secret: shorter ones would hide ordinary text."""


def redacted(text: str, *secrets: str | None) -> str:
    """The text without these secrets, and without whatever else looks like a token or a password."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST:
            text = text.replace(secret, _HIDDEN)
    return _TOKEN.sub(_HIDDEN, text)


def public_url(url: str) -> str:
    """An address without name, password and query, which may sign it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def secrets_of(url: str) -> list[str]:
    """What `public_url` leaves out, as it may come back in an error."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    found = [user, user.partition(":")[2], parts.query, *(value for _, value in parse_qsl(parts.query))]
    return [secret for secret in (*found, *map(unquote, found)) if secret]


def plain(text: str) -> str:
    """Text whose control and formatting characters are written out, so that a terminal does not obey them."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character
    return character.encode("unicode_escape").decode()
