"""Options of the commands that open a page of the studio, and how they run it."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.schema.errors import DciError

from .console import Console

if TYPE_CHECKING:
    from starlette.types import ASGIApp

SERVER_PANEL = "Server"

Host = Annotated[
    str,
    typer.Option(help="Address to listen on; others than this computer's need --token.", rich_help_panel=SERVER_PANEL),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.", rich_help_panel=SERVER_PANEL)]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="DCI_TOKEN",
        help="What a visitor must know: 16 characters or more, in the address that is printed.",
        rich_help_panel=SERVER_PANEL,
    ),
]
Browser = Annotated[bool, typer.Option(" /--no-browser", help="Only print the address.", rich_help_panel=SERVER_PANEL)]


def require_studio() -> None:
    """Refuses to go on without what the studio runs on, which is an extra.

    Raises:
        DciError: with the command that installs it.
    """
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise DciError("pages in the browser are served by fastapi and uvicorn: pip install 'dcikit[studio]'")


def run_app(make: Callable[[], ASGIApp], host: str, port: int, token: str | None, browser: bool) -> None:
    """Prints the address of an app, opens it, and serves until Ctrl-C. The app is made once the address is had."""
    from dcikit.studio.server import address, listen, serve

    with listen(host, port, token) as listening:
        app = make()
        url = address(listening, token)
        Console().print(f"{url}  (Ctrl-C ends)", highlight=False, soft_wrap=True)
        if browser:
            Thread(target=webbrowser.open, args=(url,), daemon=True).start()  # one in a terminal returns at its end
        serve(app, listening)
