"""`dci train`."""

from __future__ import annotations

from dcikit.files.outputs import check_output_folder

from . import options
from .console import Console
from .progress import counter
from .table import print_tables
from .training_options import (
    ClassNames,
    Coco,
    Images,
    LocalizedNarratives,
    OutputDir,
    Recipe,
    Settings,
    ZeroShot,
    ZeroShotTemplate,
)
from .training_run import quiet_training, report_skip
from .training_tables import before_after_table


def train_command(
    output_dir: OutputDir,
    model: options.Model = None,
    dataset: options.Dataset = None,
    dataset_revision: options.DatasetRevision = None,
    photos: options.Photos = None,
    recipe: Recipe = "p1",
    settings: Settings = None,
    limit: options.Limit = None,
    coco: Coco = None,
    localized_narratives: LocalizedNarratives = None,
    images: Images = None,
    zero_shot: ZeroShot = None,
    class_names: ClassNames = None,
    zero_shot_template: ZeroShotTemplate = "a photo of a {}",
    num_workers: options.NumWorkers = 0,
) -> None:
    """Fine-tune a model on sDCI, and print its scores before and after."""
    check_output_folder(output_dir)
    quiet_training()
    from dcikit.api.train import train
    from dcikit.api.training_data import TrainingData
    from dcikit.engine.processes import Processes

    from .training_progress import TrainingProgress

    data = TrainingData(dataset, photos, dataset_revision, limit, coco or (), localized_narratives or (), images)
    trained = train(
        model,
        data,
        output_dir,
        recipe=recipe,
        settings=settings or (),
        zero_shot=zero_shot,
        class_names=class_names,
        zero_shot_template=zero_shot_template,
        num_workers=num_workers,
        callbacks=[TrainingProgress()],
        on_skip=report_skip,
        progress=counter,
    )
    if not Processes().is_main:
        return
    console = Console()
    if trained.before and trained.after:
        print_tables([before_after_table(trained.before, trained.after)])
    else:
        console.print("No split test, so there are no scores before and after")
    console.print(
        f"Trained on {trained.regions:,} regions of {trained.images:,} images, in {output_dir}", highlight=False
    )
    for why, count in trained.excluded.items():
        console.print(f"Excluded: {count:,} {why}", style="yellow", highlight=False)
