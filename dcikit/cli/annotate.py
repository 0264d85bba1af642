"""`dci annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .serving import Browser, Host, Port, Token, require_studio, run_app

if TYPE_CHECKING:
    from dcikit.studio.annotate.segment import Segmenter


def annotate_command(
    folder: Annotated[Path, typer.Argument(help="A release folder, such as `dci masks` makes.")],
    words: Annotated[int, typer.Option(min=1, help="Words of an image that annotators are shown as their goal.")] = 750,
    model: Annotated[
        str | None, typer.Option(help="A SAM, SAM-HQ, SAM 2 or SAM 3 (folder or Hub id): then a click finds a mask.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Where --model runs; default: the GPU, if any.")] = None,
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

    segmenter = _segmenter(model, device) if model else None
    with Store(Release(folder)) as store:
        routers = [annotate_routes(store, Settings(target=words), segmenter)]
        run_app(lambda: make_app(routers, token=token), host, port, token, browser)


def _segmenter(model: str, device: str | None) -> Segmenter:
    from dcikit.masks import load_sam
    from dcikit.studio.annotate.segment import Segmenter

    return Segmenter(load_sam(model, device))
