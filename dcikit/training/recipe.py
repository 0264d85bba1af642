"""A recipe: every knob of a training, with the values of sDCI_P1 (docs/protocol.md §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import yaml

from dcikit.schema.errors import ArgumentError, DataError

from .batches import ORDERS
from .choices import SOURCES, STRATEGIES, caption_choice
from .entries import REGIONS
from .losses import POOLS

FOLDER = Path(__file__).parent / "recipes"
OBJECTIVES = ("contrastive", "sigmoid", "dreamlip")

_CHOICES: dict[str, Sequence[str]] = {
    "objective": OBJECTIVES,
    "regions": REGIONS,
    "batches": ORDERS,
    "negatives": SOURCES,
    "negatives_choice": STRATEGIES,
    "pool": POOLS,
    "tuning": ("lora", "full"),
    "lora_bias": ("none", "all", "lora_only"),
    "schedule": ("linear", "cosine", "constant"),
    "precision": ("float32", "bfloat16"),
}
_AT_LEAST = {
    "contrastive_weight": 0,
    "negatives_weight": 0,
    "grouping_weight": 0,
    "sub_captions": 1,
    "lora_r": 1,
    "learning_rate": 0,
    "weight_decay": 0,
    "warmup_steps": 0,
    "batch_size": 1,
    "epochs": 1,
    "early_stopping": 0,
}


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes:
        objective: `contrastive`; `sigmoid`, for models that were trained so; `dreamlip`, on long captions.
        regions: `all`, or `base`: whole images only.
        captions: `first`, or `pickN`: N of them at random, anew in each epoch.
        batches: `random`, or `image-grouped`.
        negatives: which are read: `swaps`, `layout`, `basic` or `any`.
        negatives_choice: `random`, `first`, or `hardest` by the release's clip_scores.
        contrastive_weight, negatives_weight: a and b; with b = 0 no negative is read.
        pool: of several captions of a region: `mean`, `hardest` or `max`, see `contrastive_loss`.
        sub_captions: sentences of the long caption that a step of `dreamlip` sees.
        grouping_weight: of dreamlip's sub-caption grouping loss.
        masks: take dreamlip's patch weights from DCI's own masks.
        tuning: `lora`, or `full`: all weights.
        lora_r, lora_alpha, lora_dropout, lora_bias, lora_targets: as peft's LoraConfig has them.
        learning_rate, weight_decay, schedule, warmup_steps: of AdamW.
        batch_size: entries of a step, all processes together.
        epochs: passes over all entries.
        early_stopping: stop after so many epochs without a better validation SCM + Neg; 0: never.
        precision: `float32`, or `bfloat16`: computed in mixed precision.
        gradient_checkpointing: less memory for more time.
        seed: of everything that is drawn.

    Raises:
        ArgumentError: if a value is none of these.
    """

    objective: str = "contrastive"
    regions: str = "all"
    captions: str = "pick1"
    batches: str = "random"
    negatives: str = "swaps"
    negatives_choice: str = "random"
    contrastive_weight: float = 1.0
    negatives_weight: float = 1.0
    pool: str = "mean"
    sub_captions: int = 8
    grouping_weight: float = 1.0
    masks: bool = False
    tuning: str = "lora"
    lora_r: int = 4
    lora_alpha: int = 2
    lora_dropout: float = 0.2
    lora_bias: str = "lora_only"
    lora_targets: tuple[str, ...] = (
        "q_proj",
        "k_proj",
        "v_proj",
        "out_proj",
        "fc1",
        "fc2",
        "visual_projection",
        "text_projection",
    )
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: str = "linear"
    warmup_steps: int = 0
    batch_size: int = 32
    epochs: int = 10
    early_stopping: int = 0
    precision: str = "float32"
    gradient_checkpointing: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for knob, allowed in _CHOICES.items():
            if getattr(self, knob) not in allowed:
                raise ArgumentError(f"`{knob}` must be one of {', '.join(allowed)}, got {getattr(self, knob)!r}")
        for knob, least in _AT_LEAST.items():
            if not least <= getattr(self, knob) < float("inf"):
                raise ArgumentError(f"`{knob}` must be a number from {least}, got {getattr(self, knob)}")
        if not 0 <= self.lora_dropout < 1:
            raise ArgumentError(f"`lora_dropout` must be from 0 to below 1, got {self.lora_dropout}")
        other = "grouping_weight" if self.objective == "dreamlip" else "negatives_weight"
        if not self.contrastive_weight and not getattr(self, other):
            raise ArgumentError(f"`contrastive_weight` and `{other}` are both 0, so there is no loss")
        caption_choice(self.captions)


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_recipe(name: str = "p1", settings: Sequence[str] = ()) -> Recipe:
    """A recipe by name, or from a YAML file of knobs; what it does not name is as in sDCI_P1.

    Args:
        name: one of `recipe_names()`, or a path.
        settings: `KNOB=VALUE`, over the recipe's own.

    Raises:
        ArgumentError: if there is no such recipe or knob, or a value is no such thing.
        DataError: if the file is no mapping in YAML.
    """
    path = FOLDER / f"{name}.yaml" if name in recipe_names() else Path(name)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise ArgumentError(
            f"`recipe` must be a YAML file or one of {', '.join(recipe_names())}; got {name!r}"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(str(path), "", f"is no YAML: {' '.join(str(error).split())}", "correct it") from None
    if not isinstance(read or {}, dict):
        raise DataError(str(path), "", "must be a mapping of knobs to values", "correct it")
    knobs = _typed(read or {}, str(path))
    for setting in settings:
        knob, equals, value = setting.partition("=")
        if not equals:
            raise ArgumentError(f"a setting must be KNOB=VALUE, got {setting!r}")
        knobs |= _typed({knob: value}, "the settings")
    return Recipe(**knobs)


def _typed(knobs: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """The knobs as their types; text is read as YAML reads it, and also 1e-4, which YAML takes for text."""
    kinds = get_type_hints(Recipe)
    typed = {}
    for knob, value in knobs.items():
        if knob not in kinds:
            raise ArgumentError(f"{where} has no knob `{knob}`; there are {', '.join(kinds)}")
        kind = kinds[knob]
        try:
            typed[knob] = _value(value, kind)
        except (TypeError, ValueError, yaml.YAMLError):
            name = "list" if get_origin(kind) is tuple else kind.__name__
            raise ArgumentError(f"{where}: `{knob}` must be of type {name}, got {value!r}") from None
    return typed


def _value(value: Any, kind: type) -> Any:
    if kind is str:
        return _exactly(str, value)
    if get_origin(kind) is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(_exactly(str, part).strip() for part in _exactly(list, parts))
    if kind is float and not isinstance(value, bool):
        return float(value)
    return _exactly(kind, yaml.safe_load(value) if isinstance(value, str) else value)


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError
    return value
