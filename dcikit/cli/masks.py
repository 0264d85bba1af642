"""`dci masks`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcikit.files.outputs import check_output_folder
from dcikit.files.redact import public_url

from .console import Console
from .engine import Engine
from .masks_table import recall_table
from .progress import progress
from .quiet import quiet_libraries

if TYPE_CHECKING:
    from dcikit.data.release import Release
    from dcikit.masks.against import Recall
    from dcikit.masks.folder import PhotoResult


PHOTOS_HELP = "A folder of photos, here or at a URL such as s3://bucket/photos."


def masks_command(
    photos: Annotated[str, typer.Argument(help=PHOTOS_HELP)],
    output_dir: Annotated[Path, typer.Option("--output-dir", "--out", help="Release folder; the same run goes on.")],
    model: Annotated[
        str, typer.Option(help="Hub id or folder of a SAM, SAM-HQ, SAM 2 or SAM 3; tiny: one for the sample.")
    ] = "facebook/sam-vit-huge",
    masks_from: Annotated[
        Path | None,
        typer.Option(
            help="Masks of another tool: COCO JSON (RLE), or a folder with NAME.json, NAME.png or NAME/*.png."
        ),
    ] = None,
    points_per_side: Annotated[int, typer.Option(min=1, help="Of the grid of points; 32 is quick.")] = 50,
    edges: Annotated[bool, typer.Option(help="Ask at points on edges too.")] = True,
    points_per_batch: Annotated[int, typer.Option(min=1, help="More is faster, and takes more memory.")] = 64,
    pred_iou_threshold: Annotated[float, typer.Option(help="What the model must think of a mask.")] = 0.8,
    stability_threshold: Annotated[float, typer.Option(help="How stable a mask must be.")] = 0.94,
    min_area: Annotated[int, typer.Option(min=1, help="Pixels of the smallest mask.")] = 5000,
    seed: Annotated[int, typer.Option(help="Of the points on edges.")] = 0,
    device: Annotated[str | None, typer.Option(help="Such as cuda:1; default: the GPU if there is one.")] = None,
    engine: Annotated[Engine, typer.Option(help="ray: on all machines and GPUs of a Ray cluster.")] = Engine.local,
    against: Annotated[Path | None, typer.Option(help="A release of these photos: are its masks found?")] = None,
) -> None:
    """Propose the masks of photos, and their tree, as a release folder without descriptions."""
    from dcikit.data.release import Release
    from dcikit.engine.ray_map import ray_map
    from dcikit.masks.folder import write_release
    from dcikit.masks.photos import find_photos
    from dcikit.masks.proposals import ProposeSettings
    from dcikit.masks.sources import masks_of_model, masks_of_tool

    check_output_folder(output_dir)
    paths, others = find_photos(photos)
    true = Release(against) if against else None
    if masks_from is not None:
        source = masks_of_tool(masks_from)
    else:
        settings = ProposeSettings(
            points_per_side=points_per_side,
            edges=edges,
            points_per_batch=points_per_batch,
            pred_iou_threshold=pred_iou_threshold,
            stability_threshold=stability_threshold,
            seed=seed,
        )
        with Console(stderr=True).status("Loading the model"):
            quiet_libraries()
            source = masks_of_model(model, settings, device)
    results = write_release(
        paths, output_dir, source, min_area=min_area, apply=map if engine is Engine.local else ray_map
    )
    has_skipped = _tell(progress(results, "Proposing masks", len(paths)), output_dir)
    console = Console()
    if others:
        console.print(f"{len(others):,} other files and folders in {public_url(photos)} are no photos", highlight=False)
    if true is not None:
        console.print(recall_table(_recall(Release(output_dir), true, min_area), min_area))
    if has_skipped:
        raise typer.Exit(1)


def _tell(results: Iterable[PhotoResult], folder: Path) -> bool:
    """A line for each photo that is skipped or odd, and the counts; whether any was skipped."""
    console = Console()
    counts = Counter[str]()
    for result in results:
        if result.skipped:
            console.print(f"skipped: {result.skipped}", style="red", markup=False, highlight=False, soft_wrap=True)
        for note in result.notes:
            console.print(f"{result.name}: {note}", markup=False, highlight=False, soft_wrap=True)
        counts["skipped"] += bool(result.skipped)
        counts["kept"] += not result.skipped and result.masks is None
        counts["written"] += result.masks is not None
        counts["masks"] += result.masks or 0
        counts["empty"] += result.masks == 0
    console.print(
        f"{counts['written']:,} photos with {counts['masks']:,} masks written ({counts['empty']:,} without any), "
        f"{counts['kept']:,} were there, {counts['skipped']:,} skipped: {folder}",
        highlight=False,
        soft_wrap=True,
    )
    return counts["skipped"] > 0


def _recall(found: Release, true: Release, min_area: int) -> Recall:
    from dcikit.masks.against import Recall, compare

    images = sum(map(len, true.splits.values()))
    growing = list(progress(compare(found, true, min_area), "Comparing", images))
    return growing[-1] if growing else Recall()
