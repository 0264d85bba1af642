"""Where the commands print: names, captions and errors are somebody else's text, which neither styles nor steers."""

from __future__ import annotations

from typing import Any

import rich.console
from rich.text import Text

from dcikit.files.redact import plain


class Console(rich.console.Console):
    """rich's, without its markup and emoji, and with escape sequences written out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(plain(text), **options)
