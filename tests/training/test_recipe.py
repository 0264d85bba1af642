"""Recipes: the paper's values, what a file or a setting changes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcikit.training import Recipe, load_recipe
from dcikit.training.recipe import recipe_names


def test_p1_is_the_papers() -> None:
    """docs/protocol.md §7."""
    recipe = load_recipe("p1")
    assert recipe == Recipe()
    assert (recipe.captions, recipe.contrastive_weight, recipe.negatives_weight) == ("pick1", 1, 1)
    assert (recipe.lora_alpha, recipe.lora_dropout, recipe.lora_bias) == (2, 0.2, "lora_only")
    assert recipe.lora_target_modules == tuple(
        "q_proj k_proj v_proj out_proj fc1 fc2 visual_projection text_projection".split()
    )
    assert (recipe.learning_rate, recipe.batch_size, recipe.num_train_epochs, recipe.regions) == (1e-3, 32, 10, "all")


def test_the_recipes_differ_from_p1_as_their_names_say() -> None:
    changed = {
        "p1-nl0": {"negatives_weight": 0.0},
        "p1-nl9": {"negatives_weight": 9.0},
        "first": {"captions": "first"},
        "pick5": {"captions": "pick5"},
        "pick5-hardest": {"captions": "pick5", "pool": "hardest"},
        "pick5-max": {"captions": "pick5", "pool": "max"},
        "image-grouped": {"batches": "image-grouped"},
        "base-only": {"regions": "base"},
        "sigmoid": {"objective": "sigmoid"},
        "dreamlip": {"objective": "dreamlip", "negatives_weight": 0.0},
        "p1": {},
        "p1-released": {
            "whole_image_rule": True,
            "negatives_choice": "random-once",
            "repeat_captions": False,
            "batch_size": 64,
            "dataloader_drop_last": True,
            "eval_steps": 0.0333,
            "metric_for_best_model": "loss",
            "seed": 42,
        },
        "long-clip": {
            "objective": "long-clip",
            "tuning": "full",
            "negatives_weight": 0.0,
            "label_smoothing_factor": 0.1,
            "learning_rate": 1e-6,
            "weight_decay": 1e-2,
            "warmup_steps": 200,
            "lr_scheduler_type": "cosine",
            "batch_size": 2048,
            "chunk_size": 128,
            "num_train_epochs": 6,
        },
    }
    assert {name: load_recipe(name) for name in recipe_names()} == {
        name: Recipe(**settings) for name, settings in changed.items()
    }


def test_a_file_and_settings(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("learning_rate: 1e-4\nlora_target_modules: [q_proj, v_proj]\nlora_r: 1\n")
    settings = ["lora_r=2", "learning_rate=3e-5", "gradient_checkpointing=true", "captions=pick7", "lora_dropout=0"]
    recipe = load_recipe(str(file), settings)
    assert recipe == Recipe(
        learning_rate=3e-5,
        lora_r=2,
        lora_target_modules=("q_proj", "v_proj"),
        gradient_checkpointing=True,
        captions="pick7",
        lora_dropout=0.0,
    )
    assert load_recipe("p1", ["lora_target_modules=fc1, fc2"]).lora_target_modules == ("fc1", "fc2")
    (tmp_path / "empty.yaml").write_text("# as p1\n")
    assert load_recipe(str(tmp_path / "empty.yaml")) == Recipe()


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ("num_train_epochs", "a setting must be NAME=VALUE, got 'num_train_epochs'"),
        ("epochs=3", "the settings have no `epochs`; did you mean `num_train_epochs`?"),
        ("x=1", "the settings have no `x`; there are objective, regions"),
        ("schedule=linear", "did you mean `lr_scheduler_type`?"),
        ("lora_target=q_proj", "did you mean `lora_target_modules`?"),
        ("num_train_epochs=three", "`num_train_epochs` must be of type int, got 'three'"),
        ("num_train_epochs=2.5", "`num_train_epochs` must be of type int"),
        ("learning_rate=fast", "`learning_rate` must be of type float"),
        ("gradient_checkpointing=1", "`gradient_checkpointing` must be of type bool"),
        ("num_train_epochs=0", "`num_train_epochs` must be a number from 1, got 0"),
        ("batch_size=0", "`batch_size` must be a number from 1"),
        ("learning_rate=nan", "`learning_rate` must be a number from 0, got nan"),
        ("lora_dropout=1", "`lora_dropout` must be from 0 to below 1"),
        ("objective=long-clip", "`tuning` must be full for objective long-clip, got lora"),
        ("metric_for_best_model=accuracy", "`metric_for_best_model` must be one of scm_plus_neg, loss"),
        ("captions=all", "`captions` must be first, or pickN"),
        ("pool=min", "`pool` must be one of mean, hardest, max, got 'min'"),
        ("negatives=none", "`negatives` must be one of basic, layout, swaps, any"),
    ],
)
def test_refused_settings(setting: str, error: str) -> None:
    with pytest.raises(ValueError) as raised:
        load_recipe("p1", [setting])
    assert error in str(raised.value)


def test_refused_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`recipe` must be a YAML file or one of base-only, dreamlip.*; got 'p2'"):
        load_recipe("p2")
    for text, error in (
        ("num_train_epochs: [", "is no YAML"),
        ("- num_train_epochs", "must be a mapping of settings to values"),
        ("num_train_epochs: true", "`num_train_epochs` must be of type int, got True"),
        ("1: 2", "has no setting `1`"),
        ("seed: !!python/object/apply:os.system ['true']", "is no YAML"),
    ):
        file = tmp_path / "bad.yaml"
        file.write_text(text)
        with pytest.raises(ValueError, match=error):
            load_recipe(str(file))


def test_some_loss_is_left() -> None:
    with pytest.raises(ValueError, match="`contrastive_weight` and `negatives_weight` are both 0"):
        Recipe(contrastive_weight=0, negatives_weight=0)
    with pytest.raises(ValueError, match="`contrastive_weight` and `grouping_weight` are both 0"):
        Recipe(objective="dreamlip", contrastive_weight=0, grouping_weight=0)
    assert Recipe(objective="dreamlip", contrastive_weight=0, negatives_weight=0).grouping_weight == 1
