"""`dci train`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dcikit.api.dataset_source import open_data

from .table import print_tables
from .training_tables import before_after_table, curve_table

RECIPES = (
    "p1",
    "p1-nl0",
    "p1-nl9",
    "first",
    "pick5",
    "pick5-hardest",
    "pick5-max",
    "image-grouped",
    "base-only",
    "sigmoid",
    "dreamlip",
)


def train_command(
    output: Annotated[Path, typer.Option(help="Folder of this training; an interrupted one goes on.")],
    sizes: Annotated[list[int] | None, typer.Argument(help="Images of each training of --learning-curve.")] = None,
    model: Annotated[str | None, typer.Option(help="Hub id or folder; default: a tiny CLIP.")] = None,
    data: Annotated[
        str | None, typer.Option(help="Release folder, export, or Hub id; default: a drawn sample.")
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder with the photos of an export or Hub id.")] = None,
    recipe: Annotated[str, typer.Option(help=f"{', '.join(RECIPES)}, or a YAML file of knobs.")] = "p1",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KNOB=VALUE", help="Over the recipe, such as epochs=3.")
    ] = None,
    masks: Annotated[bool, typer.Option("--masks", help="Take dreamlip's patch weights from DCI's masks.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first images to train on.")] = None,
    coco: Annotated[
        list[Path] | None, typer.Option(help="Train on COCO captions instead (JSON); again for each file.")
    ] = None,
    localized_narratives: Annotated[
        list[Path] | None,
        typer.Option(help="Train on Localized Narratives instead (JSON Lines); again for each shard."),
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder of the images of either.")] = None,
    zero_shot: Annotated[
        Path | None, typer.Option(help="Classify photos before and after: a folder with one of each class.")
    ] = None,
    class_names: Annotated[Path | None, typer.Option(help="Names of its classes; default: the folders'.")] = None,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on subsets of SIZES images, and plot the scores.")
    ] = False,
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that prepare batches beside the model.")] = 0,
) -> None:
    """Fine-tune a model on sDCI, and print its scores before and after."""
    if bool(sizes) != learning_curve:
        raise ValueError("`--learning-curve` needs the images of each training, such as --learning-curve 100 500 2000")
    if class_names and not zero_shot:
        raise ValueError("`--class-names` is for `--zero-shot`")
    with Console(stderr=True).status("Loading the model"):
        import datasets
        import transformers

        from dcikit.encoders.models import TINY_CLIP
        from dcikit.engine.processes import Processes
        from dcikit.training import EvalSplit, Trained, load_recipe, train
        from dcikit.training import learning_curve as curve_of
        from dcikit.training.model_card import DCI

        from .training_data import training_rows
        from .training_progress import TrainingProgress

        transformers.utils.logging.disable_progress_bar()
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")  # peft's own calls
        if not sys.stderr.isatty():
            datasets.disable_progress_bars()
    chosen = load_recipe(recipe, [*(settings or ()), *(["masks=true"] if masks else [])])
    if masks and chosen.objective != "dreamlip":
        raise ValueError(
            f"`--masks` is for objective dreamlip, such as --recipe dreamlip; {recipe} is {chosen.objective}"
        )
    config = "dci" if chosen.objective == "dreamlip" else "sdci"
    rows = training_rows(data, photos, config, coco, localized_narratives, images, limit, chosen.negatives_weight > 0)
    validation, test = (open_data(data, photos, "sdci", [name], None) for name in ("validation", "test"))
    classes = (zero_shot, class_names) if zero_shot else None
    other = coco or localized_narratives

    def train_on(rows: Any, folder: Path) -> Trained:
        return train(
            model or str(TINY_CLIP),
            rows,
            chosen,
            folder,
            validation=EvalSplit(validation.readers(), validation.described),
            test=EvalSplit(test.readers(), test.described, classes),
            num_workers=num_workers,
            callbacks=[TrainingProgress()],
            data_name=", ".join(path.name for path in other) if other else DCI,
        )

    try:
        made: Any = curve_of(rows, sizes, chosen.seed, output, train_on) if sizes else train_on(rows, output)
    except KeyboardInterrupt:
        Console(stderr=True).print(f"Stopped; the same command goes on from the last step in {output}", highlight=False)
        raise
    if not Processes().is_main:
        return
    console = Console()
    if sizes:
        print_tables([curve_table(made)])
        console.print(f"Plot in {output / 'learning-curve.png'}", highlight=False)
        return
    if made.before and made.after:
        print_tables([before_after_table(made.before, made.after)])
    else:
        console.print("No split test, so there are no scores before and after")
    console.print(f"Trained on {made.regions:,} regions of {made.images:,} images, in {output}", highlight=False)
    for why, count in made.excluded.items():
        console.print(f"Excluded: {count:,} {why}", style="yellow", highlight=False)
