"""transformers' Trainer, with the losses, batches and scores of DCI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from .batches import Batches
from .loader import EpochLoader, readable
from .objective import Objective
from .scoring import VALIDATED
from .towers import Towers
from .validation_loss import ValidationLoss

Scores = Callable[[], dict[str, float]]

WEIGHTS = "weights.safetensors"


class DciTrainer(Trainer):
    """Trains on global batches, and validates by SCM and Neg.

    Args:
        towers: the adapted model.
        args: the Trainer's.
        examples: a map-style dataset that takes a `Draw`.
        batches: of this process.
        objective: the loss.
        scores: SCM and Neg on the validation split, as they are now; None: it is not validated.
        validation: batches of the validation split, whose loss is computed too; None: it is not.
    """

    def __init__(
        self,
        towers: Towers,
        args: TrainingArguments,
        examples: Any,
        batches: Batches,
        objective: Objective,
        scores: Scores | None,
        validation: ValidationLoss | None = None,
        callbacks: Sequence[Any] = (),
    ) -> None:
        self.control: Any
        super().__init__(
            towers, args, train_dataset=examples, eval_dataset=[] if scores else None, callbacks=list(callbacks)
        )
        self.remove_callback(PrinterCallback)
        self.batches = batches
        self.objective = objective
        self.scores = scores
        self.validation = validation

    def get_train_dataloader(self) -> EpochLoader:
        """The batches know the processes: accelerate must not share them out again."""
        return EpochLoader.of(
            self.train_dataset, self.batches, self.objective.collate, self.args.dataloader_num_workers
        )

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:
        """The loss of the global batch.

        Raises:
            ValueError: if an example could not be read, or the loss is not a number.
        """
        return self.objective.loss(model, readable(inputs))

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Adds the terms of the loss."""
        if "loss" in logs:
            logs = {**logs, **self.objective.means()}
        super().log(logs, *args, **kwargs)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """SCM and Neg on the validation split, their sum and, if it is asked for, the loss."""
        if self.scores is None:
            raise ValueError("there is no validation split to evaluate on")
        scores = self.scores()
        metrics = {f"eval_{name}": score for name, score in scores.items()}
        metrics["eval_scm_plus_neg"] = sum(scores[name] for name in VALIDATED)
        if self.validation:
            with self.compute_loss_context_manager():
                metrics["eval_loss"] = self.validation(self.model, self._prepare_inputs)
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """A checkpoint has the weights that are trained, whatever the model."""
        trained = {name: weight.detach() for name, weight in self.model.named_parameters() if weight.requires_grad}
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(trained, folder / WEIGHTS)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        self.model.load_state_dict(load_file(Path(resume_from_checkpoint) / WEIGHTS), strict=False)

    def _load_best_model(self) -> None:
        self._load_from_checkpoint(self.state.best_model_checkpoint)

    def history(self) -> tuple[list[dict[str, float]], float | None]:
        """Epoch, SCM, Neg and, if it was asked for, loss of each validation, and the epoch of the best one."""
        lines = [line for line in self.state.log_history if "eval_scm_plus_neg" in line]
        best = next((line["epoch"] for line in lines if line["step"] == self.state.best_global_step), None)
        names = [*VALIDATED, *(["loss"] if self.validation else [])]
        return [{"epoch": line["epoch"], **{name: line[f"eval_{name}"] for name in names}} for line in lines], best
