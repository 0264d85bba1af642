"""Every family that can be trained, as a tiny random model: its loss by hand, and an epoch of training."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from support.slow_losses import slow_contrastive, slow_negatives, slow_sigmoid
from support.tiny_families import build, tokenizer_of
from transformers import CLIPImageProcessor

from dcikit.encoders.models import FAMILIES, load_encoder
from dcikit.encoders.preprocessor import Preprocessor
from dcikit.training import Crops, EvalSplit, Recipe, TrainingRegions, train
from dcikit.training.adapt import TRAINABLE, adapted
from dcikit.training.objective import RegionObjective

MAJOR = int(transformers.__version__.split(".")[0])
HERE = [name for name in TRAINABLE if hasattr(transformers, name) and FAMILIES[name].since <= MAJOR]


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, processor: Any) -> Path:
    """A tiny model of a family, saved with its processor."""
    path = tmp_path / "model"
    model = build(request.param, tokenizer_of(request.param, processor.tokenizer))
    if hasattr(model, "logit_bias"):
        torch.nn.init.constant_(model.logit_bias, -3.0)
    model.save_pretrained(path)
    tokenizer_of(request.param, processor.tokenizer).save_pretrained(path)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(path)
    return path


def recipe_of(model: Any, **settings: Any) -> Recipe:
    return Recipe(objective="sigmoid" if hasattr(model, "logit_bias") else "contrastive", **settings)


@pytest.mark.parametrize("folder", HERE, indirect=True)
def test_the_loss_is_that_of_the_models_own_embeddings(
    folder: Path, load: Callable[..., Any], odd: Path, tmp_path: Path
) -> None:
    encoder = load_encoder(str(folder))
    model = encoder.model
    recipe = recipe_of(model, captions="pick2", negatives="any", negatives_weight=9.0)
    regions = TrainingRegions(
        load("sdci", odd, split="train"), Crops(encoder.preprocessor, tmp_path), captions="pick2", negatives="any"
    )
    examples = [regions[index] for index in range(len(regions))]
    objective = RegionObjective(recipe, encoder.preprocessor, part=3)
    loss = objective.loss(objective.towers(model), objective.collate(examples)).item()

    def unit(embeds: torch.Tensor) -> torch.Tensor:
        return embeds.double() / embeds.double().norm(dim=-1, keepdim=True)

    def read(texts: list[str]) -> torch.Tensor:
        return unit(encoder.embed_texts(encoder.tokens(texts)[0]))

    with encoder.inference():
        images = unit(encoder.embed_images([example.pixels for example in examples]))
        captions = read([caption for example in examples for caption in example.captions])
        scale, bias = math.exp(model.logit_scale.item()), getattr(model, "logit_bias", torch.zeros(1)).item()
        logits = scale * images @ captions.T + bias
        having = [place for place, example in enumerate(examples) if example.negative]
        assert len(having) > 0
        negatives = scale * images[having] @ read([str(examples[place].negative) for place in having]).T + bias
    columns = [2 * place + k for place in having for k in range(2)]
    matching = slow_sigmoid if recipe.objective == "sigmoid" else slow_contrastive
    expected = matching(logits.tolist(), "mean") + 9 * slow_negatives(
        logits[having][:, columns].tolist(), negatives.tolist(), "mean"
    )
    assert loss == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("folder", HERE, indirect=True)
def test_an_epoch(folder: Path, load: Callable[..., Any], odd: Path, tmp_path: Path) -> None:
    rows = load("sdci", odd, split="train")
    readers = [lambda row=row: row for row in load("sdci", odd, split="train").with_format("arrow")[:].to_pylist()]
    recipe = recipe_of(load_encoder(str(folder)).model, num_train_epochs=2, learning_rate=1e-2)
    split = EvalSplit(readers, {"id": "odd", "revision": "1", "split": "test"})
    trained = train(str(folder), rows, recipe, tmp_path / "out", validation=split, test=split)
    assert trained.before.model.weights_sha256 != trained.after.model.weights_sha256
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["r"] == 4


def test_gradients_are_the_same_with_checkpointing(random_clip: Any, processor: Any, tmp_path: Path) -> None:
    from support.clip import make_clip

    pixels = {"pixel_values": torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))}
    preprocessor = Preprocessor(None, processor.tokenizer, 77)
    texts = preprocessor.padded(preprocessor.tokens(["a red ball", "two boxes", "a tree", "green"])[0])
    found = []
    for checkpointing in (False, True):
        model = make_clip(1)
        torch.manual_seed(0)
        tuned = adapted(model, Recipe(gradient_checkpointing=checkpointing, lora_dropout=0.0)).train()
        outputs = tuned(**pixels, **texts)
        (outputs.image_embeds @ outputs.text_embeds.T).square().sum().backward()
        found.append({name: weight.grad for name, weight in tuned.named_parameters() if weight.grad is not None})
    assert found[0].keys() == found[1].keys() and found[0]
    assert all(torch.allclose(found[0][name], found[1][name], atol=1e-6) for name in found[0])
    assert any(gradient.abs().max() > 0 for gradient in found[0].values())
