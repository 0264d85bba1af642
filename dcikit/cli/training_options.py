"""Options of the commands that train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import DATA_PANEL

OutputDir = Annotated[Path, typer.Option(help="Folder of this training; an interrupted one goes on.")]
Recipe = Annotated[str, typer.Option(help="A recipe of ours, or a YAML file; docs/training.md lists them.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Over the recipe, such as seed=1.")
]
Coco = Annotated[
    list[Path] | None,
    typer.Option(help="Train on COCO captions instead (JSON); again for each file.", rich_help_panel=DATA_PANEL),
]
LocalizedNarratives = Annotated[
    list[Path] | None,
    typer.Option(
        help="Train on Localized Narratives instead (JSON Lines); again for each shard.", rich_help_panel=DATA_PANEL
    ),
]
Images = Annotated[Path | None, typer.Option(help="Folder of the images of either.", rich_help_panel=DATA_PANEL)]
ZeroShot = Annotated[
    Path | None, typer.Option(help="Classify photos before and after: a folder with one of each class.")
]
ZeroShotTemplate = Annotated[str, typer.Option(help="The prompt of a class; {} stands for its name.")]
ClassNames = Annotated[Path | None, typer.Option(help="Names of its classes; default: the folders'.")]
