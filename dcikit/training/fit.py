"""The training itself: a model, examples and a loss -> trained weights, in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from transformers import TrainerCallback

from dcikit.encoders.encoder import Encoder
from dcikit.engine.processes import Processes
from dcikit.files.workers import loader_errors

from .arguments import training_arguments, training_callbacks
from .batches import Batches
from .examples import examples_and_objective
from .interrupt import Interrupt
from .objective import Objective
from .output import Output
from .recipe import Recipe
from .scoring import EvalSplit
from .trainer import DciTrainer
from .validation_loss import ValidationLoss


def fit(
    tuned: Any,
    encoder: Encoder,
    examples: Any,
    objective: Objective,
    recipe: Recipe,
    folder: Output,
    *,
    validation: EvalSplit | None,
    num_workers: int,
    callbacks: Sequence[TrainerCallback],
) -> DciTrainer:
    """Trains `tuned`, from the last checkpoint in `folder` if there is one; the other arguments are those of `train`.

    Args:
        tuned: the encoder's model, see `adapted`.
        encoder: is scored on the validation split.

    Raises:
        KeyboardInterrupt: if it was interrupted.
    """
    processes = Processes()
    batches = _batches(examples, recipe, drop_last=recipe.dataloader_drop_last)
    arguments = training_arguments(
        recipe,
        folder,
        len(batches),
        processes=processes.count,
        validated=validation is not None,
        num_workers=num_workers,
    )
    interrupt = Interrupt()
    trainer = DciTrainer(
        objective.towers(tuned),
        arguments,
        examples,
        batches,
        objective,
        partial(validation.scores, encoder, num_workers) if validation else None,
        _validation_loss(recipe, validation, encoder) if validation else None,
        [interrupt, *training_callbacks(recipe, folder, validated=validation is not None), *callbacks],
    )
    with interrupt.listening(), loader_errors():
        trainer.train(resume_from_checkpoint=folder.checkpoint())
    if interrupt.stopped:
        interrupt.pass_on()
    return trainer


def _batches(examples: Any, recipe: Recipe, drop_last: bool = False) -> Batches:
    processes = Processes()
    return Batches(
        examples.images, recipe.batch_size, recipe.batches, recipe.seed, processes.rank, processes.count, drop_last
    )


def _validation_loss(recipe: Recipe, validation: EvalSplit, encoder: Encoder) -> ValidationLoss | None:
    if recipe.metric_for_best_model != "loss":
        return None
    examples, objective = examples_and_objective(recipe, validation.rows(), encoder)
    return ValidationLoss(examples, objective, _batches(examples, recipe))
