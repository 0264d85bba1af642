"""`dci learning-curve`."""

from __future__ import annotations

from typing import Annotated

import typer

from dcikit.files.outputs import check_output_folder

from . import options
from .console import Console
from .progress import counter
from .table import print_tables
from .training_options import OutputDir, Recipe, Settings
from .training_run import quiet_training, report_skip
from .training_tables import curve_table


def learning_curve_command(
    sizes: Annotated[list[int], typer.Argument(help="Images of each training.")],
    output_dir: OutputDir,
    model: options.Model = None,
    dataset: options.Dataset = None,
    dataset_revision: options.DatasetRevision = None,
    photos: options.Photos = None,
    recipe: Recipe = "p1",
    settings: Settings = None,
    limit: options.Limit = None,
    num_workers: options.NumWorkers = 0,
) -> None:
    """Train on nested subsets of SIZES images, and plot the scores."""
    check_output_folder(output_dir)
    quiet_training()
    from dcikit.api.train import learning_curve
    from dcikit.api.training_data import TrainingData
    from dcikit.engine.processes import Processes

    from .training_progress import TrainingProgress

    points = learning_curve(
        sizes,
        model,
        TrainingData(dataset, photos, dataset_revision, limit),
        output_dir,
        recipe=recipe,
        settings=settings or (),
        num_workers=num_workers,
        callbacks=[TrainingProgress()],
        on_skip=report_skip,
        progress=counter,
    )
    if Processes().is_main:
        print_tables([curve_table(points)])
        Console().print(f"Plot in {output_dir / 'learning-curve.png'}", highlight=False)
