"""`dci mine`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcikit.files.outputs import check_output_folder

from . import options
from .console import Console
from .options import OnError, SplitName
from .progress import counter
from .quiet import quiet_libraries


def mine_command(
    context: typer.Context,
    sentences: Annotated[Path, typer.Argument(help="A text file, one sentence a line.")],
    output_dir: Annotated[Path, typer.Option(help="Folder for the pairs, which `dci train --coco` reads.")],
    photos: Annotated[
        Path | None,
        typer.Option(help="Folder of photos without captions.", rich_help_panel=options.DATA_PANEL),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Or a release folder, export or Hub id: its photos and the crops of its masks.",
            rich_help_panel=options.DATA_PANEL,
        ),
    ] = None,
    split: Annotated[
        SplitName | None, typer.Option(help="Of the dataset; default: all.", rich_help_panel=options.DATA_PANEL)
    ] = None,
    limit: options.Limit = None,
    on_error: options.OnErrorOption = OnError.stop,
    neighbours: Annotated[int, typer.Option(min=1, help="Whose mean a pair is compared with.")] = 4,
    margin: Annotated[float, typer.Option(help="The lowest of a pair; higher is surer.")] = 1.0,
    model: options.Model = None,
    revision: options.Revision = None,
    adapter: options.Adapter = None,
    batch_size: options.BatchSize = 32,
    device: options.Device = None,
    num_workers: options.NumWorkers = 0,
    cache: options.Cache = True,
) -> None:
    """Pair crops without captions with sentences without photos, to train on."""
    check_output_folder(output_dir)
    with Console(stderr=True).status("Loading the model"):
        from dcikit.api.mine import mine
        from dcikit.engine.processes import Processes

        quiet_libraries()
    found = mine(**options.arguments(context), progress=counter)
    if not Processes().is_main:
        return
    console = Console()
    compared = f"{found.crops:,} crops and {found.sentences:,} sentences"
    console.print(f"{found.pairs:,} pairs of {compared}, in {found.captions}", highlight=False)
    if found.truncated:
        console.print(f"Truncated: {found.truncated:,} sentences", highlight=False)
    for image, why in found.skipped.items():
        console.print(f"Skipped: {image}: {why}", style="yellow", highlight=False, markup=False)
    console.print(
        f"Train on them: dci train --coco {found.captions} --images {found.images} --output-dir DIR",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
