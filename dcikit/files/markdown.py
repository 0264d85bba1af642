"""Somebody else's text in Markdown: names and titles that stay text, on a card of the Hub or in a table."""

from __future__ import annotations

import re

from .redact import plain

_ACTIVE = re.compile(r"([\\`*\[\]|#~])")


def markdown_text(text: str) -> str:
    """The text on one line, which neither formats, links, nor is HTML."""
    line = plain(" ".join(text.split()))
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ACTIVE.sub(r"\\\1", line)


def markdown_code(text: str) -> str:
    """The text as code on one line, whatever backticks it has."""
    line = plain(" ".join(text.split()))
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"
