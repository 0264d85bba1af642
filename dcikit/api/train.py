"""`dcikit.train`: a model, data and a recipe -> an adapter, and scores before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.encoders.models import TINY_CLIP
from dcikit.engine.progress import Progress, silent
from dcikit.schema.errors import ArgumentError
from dcikit.tasks.zero_shot.evaluation import TEMPLATE
from dcikit.training import EvalSplit, Recipe, Trained, load_recipe
from dcikit.training import learning_curve as curve_of
from dcikit.training import train as train_on_rows
from dcikit.training.learning_curve import Point
from dcikit.training.model_card import DCI

from .training_data import TrainingData

OnSkip = Callable[[str, int], None]
"""Is told why images are skipped, and how many."""


def train(
    model: str | None = None,
    data: Any = None,
    output_dir: str | Path = "trained",
    *,
    recipe: str | Recipe = "p1",
    settings: Sequence[str] = (),
    zero_shot: Path | None = None,
    class_names: Path | None = None,
    zero_shot_template: str = TEMPLATE,
    num_workers: int = 0,
    callbacks: Sequence[Any] = (),
    on_skip: OnSkip = lambda why, count: None,
    progress: Progress = silent,
) -> Trained:
    """Fine-tunes a model; of a training that was interrupted the same call goes on.

    Args:
        model: a Hub id or folder of a trainable family; None: the tiny CLIP.
        data: what to train on: a `TrainingData`, or the dataset alone, see `dcikit.evaluate`; None: the drawn sample.
        output_dir: a folder of this training's own.
        recipe: its name, a YAML file, or a `Recipe`.
        settings: over the recipe, such as ["seed=1"].
        zero_shot: a folder with one sub-folder of photos for each class: classified before and after.
        class_names: names of its classes; None: the folders'.
        zero_shot_template: the prompt of a class, `{}` stands for its name.
        num_workers: processes that prepare batches.
        callbacks: of transformers.
        on_skip: is told what was skipped.
        progress: shows how far the scoring is, in the first process.

    Raises:
        ArgumentError: if an argument cannot be.
        KeyboardInterrupt: if it was interrupted.
    """
    if "{}" not in zero_shot_template:
        raise ArgumentError(
            f"`zero_shot_template` must have {{}} where the class name goes, got {zero_shot_template!r}"
        )
    if class_names and not zero_shot:
        raise ArgumentError("`class_names` is for `zero_shot`")
    classes = (zero_shot, class_names, zero_shot_template) if zero_shot else None
    training = _training(model, data, recipe, settings, classes, num_workers, callbacks, progress)
    return training.on(training.rows(on_skip), Path(output_dir))


def learning_curve(
    sizes: Sequence[int],
    model: str | None = None,
    data: Any = None,
    output_dir: str | Path = "trained",
    *,
    recipe: str | Recipe = "p1",
    settings: Sequence[str] = (),
    num_workers: int = 0,
    callbacks: Sequence[Any] = (),
    on_skip: OnSkip = lambda why, count: None,
    progress: Progress = silent,
) -> list[Point]:
    """Trains on nested subsets of so many images, and plots the scores; the other arguments are those of `train`."""
    training = _training(model, data, recipe, settings, None, num_workers, callbacks, progress)
    return curve_of(training.rows(on_skip), sizes, training.recipe.seed, Path(output_dir), training.on)


@dataclass(frozen=True)
class _Training:
    """What `train` and `learning_curve` share."""

    model: str
    recipe: Recipe
    data: TrainingData
    classes: tuple[Path, Path | None, str] | None
    num_workers: int
    callbacks: Sequence[Any]
    progress: Progress

    def rows(self, on_skip: OnSkip) -> Any:
        found = self.data.rows(self.recipe.data_config, self.recipe.negatives_weight > 0)
        for why, count in found.skipped.items():
            on_skip(why, count)
        return found.dataset

    def on(self, rows: Any, output_dir: Path) -> Trained:
        validation, test = (self.data.split("sdci", split) for split in ("validation", "test"))
        return train_on_rows(
            self.model,
            rows,
            self.recipe,
            output_dir,
            validation=EvalSplit(list(validation.readers()), validation.described, progress=self.progress),
            test=EvalSplit(list(test.readers()), test.described, self.classes, self.progress),
            num_workers=self.num_workers,
            callbacks=self.callbacks,
            data_name=self.data.name or DCI,
        )


def _training(
    model: str | None,
    data: Any,
    recipe: str | Recipe,
    settings: Sequence[str],
    classes: tuple[Path, Path | None, str] | None,
    num_workers: int,
    callbacks: Sequence[Any],
    progress: Progress,
) -> _Training:
    if model is not None and not model.strip():
        raise ArgumentError("`model` must be a Hub id or a folder, got an empty name")
    chosen = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, settings)
    asked = data if isinstance(data, TrainingData) else TrainingData(data)
    return _Training(model or str(TINY_CLIP), chosen, asked, classes, num_workers, callbacks, progress)
