"""A model, data and a recipe -> a trained adapter, with what it was before and what it is now."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, set_seed

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import load_encoder
from dcikit.engine.processes import Processes
from dcikit.results.document import read_results, write_results
from dcikit.schema.results import Results

from .adapt import adapted, check_trainable
from .arguments import training_arguments, training_callbacks
from .batches import Batches
from .examples import examples_and_objective
from .interrupt import Interrupt
from .model_card import DCI, model_card
from .output import Output
from .recipe import Recipe
from .scoring import EvalSplit
from .trained import Trained
from .trainer import DciTrainer


def train(
    model: str,
    rows: Any,
    recipe: Recipe,
    output: Path,
    *,
    validation: EvalSplit | None = None,
    test: EvalSplit | None = None,
    num_workers: int = 0,
    callbacks: Sequence[TrainerCallback] = (),
    data_name: str = DCI,
) -> Trained:
    """Trains a model, or goes on with a training that was interrupted; of a finished one it gives what came of it.

    Args:
        model: a Hub id or folder of a trainable family.
        rows: a `datasets.Dataset` of config `sdci`, for `objective: dreamlip` of config `dci`, with photos.
        recipe: how.
        output: a folder of this training's own. It gets the adapter (with `tuning: full` the model), README.md,
            `before.json`, `after.json` and `result.json`, and while it runs `checkpoints/` and `logs/` (TensorBoard).
        validation: chooses the best epoch; None: the last one is kept.
        test: what the model is scored on before and after.
        num_workers: processes that prepare batches.
        callbacks: of transformers.
        data_name: of the rows, for the model card.

    Raises:
        ValueError: if the model, the rows or the recipe do not fit, or `output` holds anything else.
        KeyboardInterrupt: if it was interrupted; the same call goes on.
    """
    processes = Processes()
    encoder = load_encoder(model, device=processes.device)
    check_trainable(encoder, recipe)
    examples, objective = examples_and_objective(recipe, rows, encoder)
    folder = Output(output)
    identity = {
        "model": model,
        "weights_sha256": encoder.weights_hash,
        "recipe": dataclasses.asdict(recipe),
        "fingerprint": examples.fingerprint,
    }
    with processes.main_first():
        folder.begin(identity)
    if (finished := folder.result()) is not None:
        before, after = (read_results(path) if path.is_file() else None for path in (folder.before, folder.after))
        return Trained(before, after, **finished)
    before = _scored(encoder, test, folder.before, num_workers)

    set_seed(recipe.seed)
    adapter = adapted(encoder.model, recipe)
    batches = Batches(examples.images, recipe.batch_size, recipe.batches, recipe.seed, processes.rank, processes.count)
    validated = validation is not None
    interrupt = Interrupt()
    trainer = DciTrainer(
        objective.towers(adapter),
        training_arguments(
            recipe, folder, len(batches), processes=processes.count, validated=validated, num_workers=num_workers
        ),
        examples,
        batches,
        objective,
        (lambda: validation.scores(encoder, num_workers)) if validation else None,
        [interrupt, *training_callbacks(recipe, folder, validated=validated), *callbacks],
    )
    with interrupt.listening():
        trainer.train(resume_from_checkpoint=folder.checkpoint())
    if interrupt.stopped:
        raise KeyboardInterrupt

    with processes.main_first():
        if processes.is_main:
            folder.save(adapter, encoder.preprocessor if recipe.tuning == "full" else None)
    tuned = (
        load_encoder(str(output), device=processes.device)
        if recipe.tuning == "full"
        else load_encoder(model, adapter=str(output), device=processes.device)
    )
    after = _scored(tuned, test, folder.after, num_workers)
    history, best = trainer.history()
    facts: dict[str, Any] = {
        "regions": len(examples),
        "images": len(set(examples.images)),
        "fingerprint": examples.fingerprint,
        "excluded": examples.excluded,
        "history": history,
        "best": best,
    }
    result = Trained(before, after, **facts)
    if processes.is_main:
        folder.finish(facts, model_card(model, recipe, result, data_name))
    return result


def _scored(encoder: Encoder, test: EvalSplit | None, path: Path, num_workers: int) -> Results | None:
    """The results document of a model; it was made already, if the training was interrupted."""
    if test is None:
        return None
    if path.is_file():
        return read_results(path)
    results = test.results(encoder, num_workers)
    if Processes().is_main:
        write_results(results, path)
    return results
