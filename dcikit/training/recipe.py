"""A recipe: every setting of a training, with the values of sDCI_P1 (docs/protocol.md §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dcikit.files.settings_file import read_settings, read_settings_file
from dcikit.schema.errors import ArgumentError

from .batches import ORDERS
from .choices import SOURCES, STRATEGIES, caption_choice
from .losses import POOLS
from .regions import REGIONS
from .scoring import METRICS

FOLDER = Path(__file__).parent / "recipes"
OBJECTIVES = ("contrastive", "sigmoid", "dreamlip", "long-clip")
_LONG = ("dreamlip", "long-clip")

_CHOICES: dict[str, Sequence[str]] = {
    "objective": OBJECTIVES,
    "regions": REGIONS,
    "batches": ORDERS,
    "negatives": SOURCES,
    "negatives_choice": STRATEGIES,
    "pool": POOLS,
    "tuning": ("lora", "full"),
    "lora_bias": ("none", "all", "lora_only"),
    "lr_scheduler_type": ("linear", "cosine", "constant"),
    "metric_for_best_model": METRICS,
}
_AT_LEAST = {
    "contrastive_weight": 0,
    "negatives_weight": 0,
    "grouping_weight": 0,
    "grouping_threshold": 0,
    "sub_captions": 1,
    "image_components": 1,
    "lora_r": 1,
    "learning_rate": 0,
    "weight_decay": 0,
    "warmup_steps": 0,
    "batch_size": 1,
    "chunk_size": 0,
    "eval_steps": 0,
    "num_train_epochs": 1,
    "early_stopping_patience": 0,
}


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. What transformers, peft and trl have a name for is called so.

    Attributes:
        objective: `contrastive`; `sigmoid`, for models that were trained so; `dreamlip` and `long-clip`, on
            long captions.
        regions: `all`, or `base`: whole images only.
        whole_image_rule: exclude the images that the published evaluator drops as a whole (docs/protocol.md §4).
        captions: `first`, or `pickN`: N of them at random, anew in each epoch.
        repeat_captions: a region with fewer than N repeats some; false: it is excluded.
        batches: `random`, or `image-grouped`.
        negatives: which are read: `swaps`, `layout`, `basic` or `any`.
        negatives_choice: `random`, anew in each epoch; `random-once`, the same in all; `first`, or `hardest` by the
            release's clip_scores.
        contrastive_weight, negatives_weight: a and b; with b = 0 no negative is read.
        pool: of several captions of a region: `mean`, `hardest` or `max`, see `contrastive_loss`.
        sub_captions: K, the sentences of the long caption that a step of `dreamlip` sees, one of them of the short
            caption.
        grouping_weight, grouping_threshold: of dreamlip's sub-caption grouping loss; the threshold of `patch_weights`.
        masks: take dreamlip's patch weights from DCI's own masks.
        image_components: principal components of the image features that `long-clip` compares with the short texts.
        label_smoothing_factor: of the objectives contrastive and long-clip.
        tuning: `lora`, or `full`: all weights.
        lora_r, lora_alpha, lora_dropout, lora_bias, lora_target_modules: as peft's LoraConfig has them.
        learning_rate, weight_decay, lr_scheduler_type, warmup_steps: of AdamW.
        batch_size: regions of a step, all processes together: one matrix of logits.
        chunk_size: regions that a process encodes at a time, see `Towers`; 0: all of its batch. It changes the memory
            and not the gradients; dropout is drawn chunk by chunk.
        dataloader_drop_last: drop the last, smaller batch of an epoch.
        num_train_epochs: passes over all regions.
        eval_steps: steps between validations; below 1: a share of all steps; 0: an epoch.
        metric_for_best_model: which checkpoint is kept: highest `scm_plus_neg`, or lowest `loss`, of split validation.
        early_stopping_patience: stop after so many validations without a better one; 0: never.
        bf16: compute in mixed precision.
        gradient_checkpointing: less memory for more time.
        seed: of everything that is drawn.

    Raises:
        ArgumentError: if a value is none of these.
    """

    objective: str = "contrastive"
    regions: str = "all"
    whole_image_rule: bool = False
    captions: str = "pick1"
    repeat_captions: bool = True
    batches: str = "random"
    negatives: str = "swaps"
    negatives_choice: str = "random"
    contrastive_weight: float = 1.0
    negatives_weight: float = 1.0
    pool: str = "mean"
    sub_captions: int = 8
    grouping_weight: float = 1.0
    grouping_threshold: float = 1.0
    masks: bool = False
    image_components: int = 32
    label_smoothing_factor: float = 0.0
    tuning: str = "lora"
    lora_r: int = 4
    lora_alpha: int = 2
    lora_dropout: float = 0.2
    lora_bias: str = "lora_only"
    lora_target_modules: tuple[str, ...] = (
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
    lr_scheduler_type: str = "linear"
    warmup_steps: int = 0
    batch_size: int = 32
    chunk_size: int = 0
    dataloader_drop_last: bool = False
    num_train_epochs: int = 10
    eval_steps: float = 0.0
    metric_for_best_model: str = "scm_plus_neg"
    early_stopping_patience: int = 0
    bf16: bool = False
    gradient_checkpointing: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ArgumentError(f"`{name}` must be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        for name, least in _AT_LEAST.items():
            if not least <= getattr(self, name) < float("inf"):
                raise ArgumentError(f"`{name}` must be a number from {least}, got {getattr(self, name)}")
        for name in ("lora_dropout", "label_smoothing_factor"):
            if not 0 <= getattr(self, name) < 1:
                raise ArgumentError(f"`{name}` must be from 0 to below 1, got {getattr(self, name)}")
        if self.objective in _LONG and self.metric_for_best_model == "loss":
            raise ArgumentError(f"`metric_for_best_model` must be scm_plus_neg for {self.objective}, got loss")
        if self.objective == "long-clip" and self.tuning != "full":
            raise ArgumentError(f"`tuning` must be full for objective long-clip, got {self.tuning}")
        other = "grouping_weight" if self.objective == "dreamlip" else "negatives_weight"
        if not self.contrastive_weight and not getattr(self, other):
            raise ArgumentError(f"`contrastive_weight` and `{other}` are both 0, so there is no loss")
        caption_choice(self.captions)

    @property
    def data_config(self) -> str:
        """The config of the rows that it trains on."""
        return "dci" if self.objective in _LONG else "sdci"


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_recipe(name: str = "p1", settings: Sequence[str] = ()) -> Recipe:
    """A recipe by name, or from a YAML file of settings; what it does not name is as in sDCI_P1.

    Args:
        name: one of `recipe_names()`, or a path.
        settings: `NAME=VALUE`, over the recipe's own.

    Raises:
        ArgumentError: if there is no such recipe or setting, or a value is no such thing.
        DataError: if the file is no mapping in YAML.
    """
    path = FOLDER / f"{name}.yaml" if name in recipe_names() else Path(name)
    if not path.is_file():
        raise ArgumentError(f"`recipe` must be a YAML file or one of {', '.join(recipe_names())}; got {name!r}")
    return Recipe(**(read_settings_file(path, Recipe) | read_settings(settings, Recipe)))
