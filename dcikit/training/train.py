"""A model, data and a recipe -> a trained adapter, with what it was before and what it is now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, set_seed

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.models import load_encoder
from dcikit.engine.processes import Processes
from dcikit.results.document import read_results, write_results
from dcikit.schema.results import Results

from .adapt import adapted, check_trainable, finished, prepared
from .examples import examples_and_objective
from .fit import fit
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
        rows: a `datasets.Dataset` of the recipe's `data_config`, with photos.
        recipe: how.
        output: a folder of this training's own. It gets the adapter (with `tuning: full` the model), README.md,
            `before.json`, `after.json` and `result.json`, and while it runs `checkpoints/` and `logs/` (TensorBoard).
        validation: chooses the best checkpoint; None: the last one is kept.
        test: what the model is scored on before and after.
        num_workers: processes that prepare batches.
        callbacks: of transformers.
        data_name: of the rows, for the model card.

    Raises:
        ValueError: if the model, the rows or the recipe do not fit, or `output` holds anything else.
        DciError: if another training is writing to `output`.
        KeyboardInterrupt: if it was interrupted; the same call goes on.
    """
    processes = Processes()
    encoder = load_encoder(model, device=processes.device)
    check_trainable(encoder, recipe)
    examples, objective = examples_and_objective(recipe, rows, encoder)
    folder = Output(output)
    with _begun(folder, _identity(model, encoder, recipe, examples), processes):
        if (facts := folder.result()) is not None:
            return Trained(_kept(folder.before), _kept(folder.after), **facts)
        before = _scored(encoder, test, folder.before, num_workers)

        set_seed(recipe.seed)  # before LoRA draws its matrices
        tuned = adapted(prepared(encoder, recipe), recipe)
        options: dict[str, Any] = {"validation": validation, "num_workers": num_workers, "callbacks": callbacks}
        trainer = fit(tuned, encoder, examples, objective, recipe, folder, **options)
        with processes.main_first():
            if processes.is_main:
                folder.save(finished(tuned, recipe), encoder.preprocessor if recipe.tuning == "full" else None)

        lora = recipe.tuning == "lora"
        saved = load_encoder(
            model if lora else str(output), adapter=str(output) if lora else None, device=processes.device
        )
        after = _scored(saved, test, folder.after, num_workers)
        facts = _facts(examples, trainer)
        result = Trained(before, after, **facts)
        if processes.is_main:
            folder.finish(facts, model_card(model, recipe, result, data_name))
        return result


@contextmanager
def _begun(folder: Output, identity: dict[str, Any], processes: Processes) -> Iterator[None]:
    """A training of all the processes in its folder, where no other one may be."""
    with ExitStack() as held:
        with processes.main_first():
            folder.begin(identity)
            if processes.is_main:
                held.enter_context(folder.alone())
        yield


def _identity(model: str, encoder: Encoder, recipe: Recipe, examples: Any) -> dict[str, Any]:
    """What a training is the training of."""
    return {
        "model": model,
        "weights_sha256": encoder.weights_hash,
        "recipe": dataclasses.asdict(recipe),
        "fingerprint": examples.fingerprint,
    }


def _facts(examples: Any, trainer: DciTrainer) -> dict[str, Any]:
    """What `Trained` says besides the scores."""
    history, best = trainer.history()
    return {
        "regions": len(examples),
        "images": len(set(examples.images)),
        "fingerprint": examples.fingerprint,
        "excluded": examples.excluded,
        "history": history,
        "best": best,
    }


def _kept(path: Path) -> Results | None:
    return read_results(path) if path.is_file() else None


def _scored(encoder: Encoder, test: EvalSplit | None, path: Path, num_workers: int) -> Results | None:
    """The results document of a model; it was made already, if the training was interrupted."""
    if test is None:
        return None
    if (kept := _kept(path)) is not None:
        return kept
    results = test.results(encoder, num_workers)
    if Processes().is_main:
        write_results(results, path)
    return results
