"""`dci masks`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from .console import Console
from .progress import progress

if TYPE_CHECKING:
    from PIL.Image import Image

    from dcikit.masks import Proposals
    from dcikit.masks.against import Recall


def masks_command(
    photos: Annotated[Path, typer.Argument(help="A folder of photos.")],
    output_dir: Annotated[Path, typer.Option("--output-dir", "--out", help="Release folder; the same run goes on.")],
    model: Annotated[str, typer.Option(help="Hub id or folder of a SAM, SAM-HQ, SAM 2 or SAM 3.")] = (
        "facebook/sam-vit-huge"
    ),
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
    against: Annotated[Path | None, typer.Option(help="A release of these photos: are its masks found?")] = None,
) -> None:
    """Propose the masks of photos, and their tree, as a release folder without descriptions."""
    from dcikit.data.release import Release
    from dcikit.masks.against import compare
    from dcikit.masks.folder import MaskSource, write_release
    from dcikit.masks.photos import list_photos

    paths, others = list_photos(photos)
    true = Release(against) if against else None
    console = Console()
    source: MaskSource
    settings: dict[str, Any]
    if masks_from is not None:
        from dcikit.masks.given import open_masks

        given = open_masks(masks_from)
        source, settings = given.masks, {"masks_from": given.described}
    else:
        with Console(stderr=True).status("Loading the model"):
            import transformers

            from dcikit.masks.proposals import ProposeSettings, propose
            from dcikit.masks.sam import load_sam

            transformers.utils.logging.disable_progress_bar()
            sam = load_sam(model, device)
        chosen = ProposeSettings(
            points_per_side=points_per_side,
            edges=edges,
            points_per_batch=points_per_batch,
            pred_iou_threshold=pred_iou_threshold,
            stability_threshold=stability_threshold,
            seed=seed,
        )
        settings = {"model": model, "revision": sam.revision, **asdict(chosen)}
        settings.pop("points_per_batch")

        def source(path: Path, image: Image) -> Proposals:
            return propose(image, sam, chosen)

    counts = Counter[str]()
    results = write_release(paths, output_dir, source, settings, min_area=min_area)
    for result in progress(results, "Proposing masks", len(paths)):
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
        f"{counts['kept']:,} were there, {counts['skipped']:,} skipped: {output_dir}",
        highlight=False,
        soft_wrap=True,
    )
    if others:
        console.print(f"{len(others):,} other files and folders in {photos} are no photos", highlight=False)
    if true is not None:
        total = sum(map(len, true.splits.values()))
        recalls = progress(compare(Release(output_dir), true, min_area), "Comparing", total)
        console.print(recall_table(list(recalls)[-1], min_area))
    if counts["skipped"]:
        raise typer.Exit(1)


def recall_table(recall: Recall, min_area: int) -> Table:
    """What `--against` found."""
    from dcikit.masks.against import THRESHOLDS

    table = Table(title="Masks of the release that are found", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_row(f"masks of at least {min_area:,} px", f"{len(recall.best):,}")
    table.add_row("photos", f"{recall.photos:,} ({recall.missing:,} others not compared)")
    for threshold in THRESHOLDS:
        table.add_row(f"recall at IoU {threshold:g}", f"{recall.at(threshold):.3f}")
    table.add_row("mean best IoU", f"{recall.mean:.3f}")
    return table
