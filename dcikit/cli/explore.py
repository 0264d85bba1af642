"""`dci explore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.files.outputs import check_output_folder
from dcikit.schema.errors import ArgumentError

from .console import Console
from .options import DatasetRevision, Limit, Photos
from .progress import progress
from .serving import Browser, Host, Port, Token, require_studio, run_app

if TYPE_CHECKING:
    from dcikit.studio.explore.collection import Collection


def explore_command(
    data: Annotated[
        str | None, typer.Argument(help="Release folder, export, or Hub id; default: a drawn sample.")
    ] = None,
    log_samples: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file of `dci eval --log-samples`: what the model got wrong. Twice: two models side by side."
        ),
    ] = None,
    maps: Annotated[
        Path | None,
        typer.Option(help="A folder of `dci eval --task grounding --log-maps`: where a model finds captions."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write a folder that any web server serves instead; must not exist.")
    ] = None,
    limit: Limit = None,
    photos: Photos = None,
    dataset_revision: DatasetRevision = None,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    browser: Browser = True,
) -> None:
    """Look at a dataset in the browser: photo and words side by side, masks, search, summaries and negatives."""
    require_studio()
    if export is not None and (log_samples or maps):
        raise ArgumentError(
            "`export` goes with neither `log_samples` nor `maps`: a site shows no models; leave them out"
        )
    from dcikit.api.explore import explore_app, open_collection

    collection = open_collection(data, photos=photos, revision=dataset_revision, limit=limit)
    if export is None:
        run_app(lambda: explore_app(collection, log_samples or (), token, maps), host, port, token, browser)
    else:
        _export(collection, export)


def _export(collection: Collection, folder: Path) -> None:
    from dcikit.studio.explore.static_site import write_site

    check_output_folder(folder, "export")
    for _ in progress(write_site(collection, folder), "Exporting", len(collection.splits)):
        pass
    told = f"Site in {folder}, with its photos: those of SA-1B may not be passed on"
    Console().print(told, highlight=False, soft_wrap=True)
