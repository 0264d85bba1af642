"""`dci explore`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import DatasetRevision, Photos
from .serving import Browser, Host, Port, Token, require_studio, run_app


def explore_command(
    data: Annotated[
        str | None, typer.Argument(help="Release folder, export, or Hub id; default: a drawn sample.")
    ] = None,
    photos: Photos = None,
    dataset_revision: DatasetRevision = None,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    browser: Browser = True,
) -> None:
    """Look at a dataset in the browser: photo and words side by side, masks, search, summaries and negatives."""
    require_studio()
    from dcikit.api.explore import explore_app, open_collection

    collection = open_collection(data, photos=photos, revision=dataset_revision)
    run_app(lambda: explore_app(collection, token), host, port, token, browser)
