"""`dci annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .serving import Browser, Host, Port, Token, require_studio, run_app


def annotate_command(
    folder: Annotated[Path, typer.Argument(help="A release folder, such as `dci masks` makes.")],
    words: Annotated[int, typer.Option(min=1, help="Words of an image that annotators are shown as their goal.")] = 750,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    browser: Browser = True,
) -> None:
    """Describe images and their masks in the browser, as in the paper; everything is saved as it is typed."""
    require_studio()
    from dcikit.data.release import Release
    from dcikit.studio.annotate.routes import annotate_routes
    from dcikit.studio.annotate.settings import Settings
    from dcikit.studio.app import make_app
    from dcikit.studio.store.store import Store

    with Store(Release(folder)) as store:
        routers = [annotate_routes(store, Settings(target=words))]
        run_app(lambda: make_app(routers, token=token), host, port, token, browser)
