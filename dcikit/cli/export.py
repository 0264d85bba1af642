"""`dci export`."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import Console
from .options import OnError
from .progress import progress

if TYPE_CHECKING:
    from dcikit.data.release import Release


class Config(str, Enum):
    dci = "dci"
    sdci = "sdci"
    regions = "regions"
    iiw = "iiw"


class ExportFormat(str, Enum):
    parquet = "parquet"
    label_studio = "label-studio"
    coco = "coco"
    fiftyone = "fiftyone"
    clip_benchmark = "clip-benchmark"
    webdataset = "webdataset"


def export_command(
    folder: Annotated[Path, typer.Argument(help="The release folder.")],
    out: Annotated[Path, typer.Option("--output-dir", "--out", help="The folder to write.")] = Path("dci"),
    format: Annotated[ExportFormat, typer.Option(help="What reads it.")] = ExportFormat.parquet,
    config: Annotated[list[Config] | None, typer.Option(help="Which; by default all that there are.")] = None,
    photos: Annotated[
        bool, typer.Option("--photos/--no-photos", help="Put the photos and crops in; then it may not be passed on.")
    ] = False,
    num_proc: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core, fewer for little data.")
    ] = None,
    accepted_only: Annotated[
        bool, typer.Option("--accepted-only", help="Only the regions that `dci review` accepted.")
    ] = False,
    on_error: Annotated[OnError, typer.Option(help="skip: skip images with defects.")] = OnError.stop,
) -> None:
    """Write the release for others: as a dataset repository (Parquet and what describes it), or for another tool.

    Goes on where it was interrupted.
    """
    from dcikit.hub.export import export_plan
    from dcikit.hub.plan import make_plan

    release = _release(folder, accepted_only)
    if format is not ExportFormat.parquet:
        _export_format(release, out, format, on_error, num_proc)
        return
    configs = [each.value for each in config] if config else None
    plan = make_plan(release, configs, photos=photos, on_error=on_error.value)
    written = list(progress(export_plan(plan, out, num_proc), "Exporting", len(plan.shards)))
    console = Console()
    for name in plan.configs:
        files = [each for each in written if each.path.startswith(f"{name}/")]
        rows, size = sum(each.rows for each in files), sum(each.size for each in files)
        console.print(f"{name}: {rows:,} rows in {len(files)} files, {size / 1e6:,.1f} MB", highlight=False)
    for image_id, why in {k: v for each in written for k, v in each.skipped.items()}.items():
        console.print(f"Skipped {image_id}: {why}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    shown = "sdci" if "sdci" in plan.configs else plan.configs[0]
    console.print(f'Load it with load_dataset("{_path(out)}", "{shown}")', markup=False, highlight=False)
    if not photos:
        console.print("The photos are not in it; dci_dataset.attach_photos(ds, FOLDER) joins them.", highlight=False)


def _release(folder: Path, accepted_only: bool) -> Release:
    from dcikit.data.accepted import AcceptedRelease
    from dcikit.data.release import Release

    if not accepted_only:
        return Release(folder)
    accepted = AcceptedRelease(Release(folder))
    regions, images = sum(map(len, accepted.accepted.values())), len(accepted.accepted)
    console = Console()
    console.print(f"Accepted: {regions:,} regions of {images:,} images", highlight=False)
    if accepted.outdated:
        changed = f"{accepted.outdated:,} regions were changed after they were accepted, and are not in it"
        console.print(changed, style="yellow", highlight=False)
    return accepted


def _export_format(release: Release, out: Path, format: ExportFormat, on_error: OnError, num_proc: int | None) -> None:
    from dcikit.data.formats.parts import export_parts, plan_parts
    from dcikit.data.formats.registry import FORMATS

    form = FORMATS[format.value]
    parts = export_parts(release, form, out, on_error=on_error.value, num_proc=num_proc)
    written = list(progress(parts, "Exporting", len(plan_parts(release, form))))
    console = Console()
    images = sum(part.images for part in written)
    console.print(f"{images:,} images in {len(written)} files: {out}", highlight=False, soft_wrap=True)
    for reason, number in sum((Counter(part.counts) for part in written), Counter()).items():
        console.print(f"{reason}: {number:,}", style="yellow", highlight=False)
    for image_id, why in {k: v for each in written for k, v in each.skipped.items()}.items():
        console.print(f"Skipped {image_id}: {why}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def _path(out: Path) -> str:
    """A path that `load_dataset` takes for one: with a bare name it would ask the Hub."""
    return str(out) if out.is_absolute() else f"./{out.as_posix()}"
