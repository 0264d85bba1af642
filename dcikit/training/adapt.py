"""A model, made ready to be trained: LoRA matrices put into it, or all of its weights."""

from __future__ import annotations

from typing import Any

import peft

from dcikit.encoders.encoder import Encoder
from dcikit.schema.errors import ArgumentError, ModelError, first_line

from .long_clip.positions import KEPT, lengthen, unfreeze
from .recipe import Recipe

TRAINABLE = (
    "CLIPModel",
    "SiglipModel",
    "AltCLIPModel",
    "ChineseCLIPModel",
    "MetaClip2Model",
)
"""Dual encoders with a `logit_scale`, and without layers that depend on the rest of the batch."""


def check_trainable(encoder: Encoder, recipe: Recipe) -> None:
    """Refuses what a recipe cannot train.

    Raises:
        ModelError: if the model is of no trainable family.
        ArgumentError: if it is of another kind than the objective is for.
    """
    kind = type(encoder.model).__name__
    if kind not in TRAINABLE:
        raise ModelError(f"`model` must be one of {', '.join(TRAINABLE)} to be trained, got a {kind}")
    sigmoid = hasattr(encoder.model, "logit_bias")
    if sigmoid != (recipe.objective == "sigmoid"):
        needed = "sigmoid" if sigmoid else "contrastive, dreamlip or long-clip"
        raise ArgumentError(f"`objective` must be {needed} for a {kind}, got {recipe.objective}")
    if recipe.objective == "dreamlip" and not hasattr(encoder.model, "visual_projection"):
        raise ArgumentError(
            f"`objective` dreamlip needs a model that projects its patches, as CLIPModel does, got a {kind}"
        )

    if recipe.objective == "long-clip" and (kind != "CLIPModel" or encoder.context <= KEPT + 1):
        raise ArgumentError(
            f"`objective` long-clip needs a CLIPModel of more than {KEPT + 1} positions to stretch, "
            f"got a {kind} of {encoder.context}"
        )


def prepared(encoder: Encoder, recipe: Recipe) -> Any:
    """The encoder's model, with `long-clip` of the longer context, which changes the encoder."""
    if recipe.objective == "long-clip":
        lengthen(encoder)
    return encoder.model


def finished(model: Any, recipe: Recipe) -> Any:
    """The trained model as it is saved."""
    return unfreeze(model) if recipe.objective == "long-clip" else model


def adapted(model: Any, recipe: Recipe) -> Any:
    """The model to be trained: with `lora` a PEFT model around it, which changes it; with `full` itself.

    Raises:
        ArgumentError: if the model has no layer of the names in `lora_target_modules`.
    """
    tuned = model if recipe.tuning == "full" else _with_lora(model, recipe)
    if recipe.gradient_checkpointing:
        # transformers 5 renames it. Reentrant checkpointing finds no gradient behind frozen inputs.
        enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
        enable({"use_reentrant": False})
    return tuned


def _with_lora(model: Any, recipe: Recipe) -> Any:
    config = peft.LoraConfig(
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        bias=recipe.lora_bias,
        target_modules=list(recipe.lora_target_modules),
    )
    try:
        return peft.get_peft_model(model, config)
    except ValueError as error:
        raise ArgumentError(f"`lora_target_modules` do not fit the model: {first_line(error)}") from None
