"""A recipe in the words of transformers' Trainer."""

from __future__ import annotations

from typing import Any

import torch
from transformers import EarlyStoppingCallback, TrainingArguments
from transformers.integrations import TensorBoardCallback, is_tensorboard_available

from .output import Output
from .recipe import Recipe

LOGGED = 20
"""Times an epoch that the loss is written down."""


def training_arguments(
    recipe: Recipe, output: Output, steps: int, *, processes: int, validated: bool, num_workers: int
) -> TrainingArguments:
    """The Trainer's arguments.

    Args:
        steps: of an epoch.
        processes: that share a global batch.
        validated: whether there is a validation split, which chooses the best epoch.
        num_workers: processes that prepare batches.
    """
    on_gpu = torch.cuda.is_available()
    by_steps = validated and recipe.eval_steps > 0
    strategy = "steps" if by_steps else "epoch"
    arguments = TrainingArguments(
        output_dir=str(output.checkpoints),
        per_device_train_batch_size=recipe.batch_size // processes,
        num_train_epochs=recipe.num_train_epochs,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        lr_scheduler_type=recipe.lr_scheduler_type,
        warmup_steps=recipe.warmup_steps,
        bf16=recipe.bf16,
        eval_strategy=strategy if validated else "no",
        save_strategy=strategy,
        **({"eval_steps": recipe.eval_steps, "save_steps": recipe.eval_steps} if by_steps else {}),
        save_total_limit=2,
        load_best_model_at_end=validated,
        metric_for_best_model=recipe.metric_for_best_model if validated else None,
        greater_is_better=recipe.metric_for_best_model != "loss" if validated else None,
        logging_steps=max(1, steps // LOGGED),
        seed=recipe.seed,
        report_to="none",
        disable_tqdm=True,
        use_cpu=not on_gpu,
        ddp_backend="gloo" if processes > 1 and not on_gpu else None,
        ddp_find_unused_parameters=False,
        dataloader_num_workers=num_workers,
        remove_unused_columns=False,
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # DataParallel would split a batch that is one matrix
    return arguments


def training_callbacks(recipe: Recipe, output: Output, *, validated: bool) -> list[Any]:
    """Early stopping, and TensorBoard's logs where it is installed."""
    callbacks: list[Any] = []
    if recipe.early_stopping_patience and validated:
        callbacks.append(EarlyStoppingCallback(recipe.early_stopping_patience))
    if is_tensorboard_available():
        from torch.utils.tensorboard import SummaryWriter

        callbacks.append(TensorBoardCallback(SummaryWriter(str(output.logs))))
    return callbacks
