"""`dci export`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .eval import OnError
from .progress import progress


class Config(str, Enum):
    dci = "dci"
    sdci = "sdci"


def export_command(
    folder: Annotated[Path, typer.Argument(help="The release folder.")],
    out: Annotated[Path, typer.Option(help="The dataset repository to write.")] = Path("dci"),
    config: Annotated[list[Config] | None, typer.Option(help="Which; both by default.")] = None,
    photos: Annotated[
        bool, typer.Option("--photos/--no-photos", help="Put the photos in; then it may not be passed on.")
    ] = False,
    num_proc: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core, fewer for little data.")
    ] = None,
    on_error: Annotated[OnError, typer.Option(help="skip leaves images with defects out.")] = OnError.stop,
) -> None:
    """Write the release as a dataset repository: Parquet, README.md, eval.yaml. Goes on where it was interrupted."""
    from dcikit.data.release import Release
    from dcikit.hub.export import export_plan
    from dcikit.hub.plan import CONFIGS, make_plan

    configs = [each.value for each in config] if config else CONFIGS
    plan = make_plan(Release(folder), configs, photos=photos, on_error=on_error.value)
    written = list(progress(export_plan(plan, out, num_proc), "Exporting", len(plan.shards)))
    console = Console()
    for name in plan.configs:
        files = [each for each in written if each.path.startswith(f"{name}/")]
        rows, size = sum(each.rows for each in files), sum(each.size for each in files)
        console.print(f"{name}: {rows:,} rows in {len(files)} files, {size / 1e6:,.1f} MB", highlight=False)
    for image_id, why in {k: v for each in written for k, v in each.left_out.items()}.items():
        console.print(f"Left out {image_id}: {why}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    console.print(f'Load it with load_dataset("{_path(out)}", "{plan.configs[-1]}")', markup=False, highlight=False)
    if not photos:
        console.print("The photos are not in it; dci_dataset.attach_photos(ds, FOLDER) joins them.", highlight=False)


def _path(out: Path) -> str:
    """A path that `load_dataset` takes for one: with a bare name it would ask the Hub."""
    return str(out) if out.is_absolute() else f"./{out.as_posix()}"
