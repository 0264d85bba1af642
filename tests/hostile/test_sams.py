"""Segment Anything models that are not what they say: masks are never proposed with numbers that nobody trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from support.checkpoints import Weights, change_json, change_weights
from support.tiny_sams import FRAME, make_sam

from dcikit.masks import load_sam
from dcikit.schema.errors import DciError, ModelError

FAMILIES = ["sam", "sam_hq", "sam2"]
if hasattr(transformers, "Sam3TrackerModel"):
    FAMILIES.append("sam3_tracker")
LAYER = "vision_encoder.layers.1."


def save(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text('{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.2, 0.2, 0.2]}')
    return folder


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(make_sam("sam").model, tmp_path_factory.mktemp("sam"))


@pytest.fixture
def checkpoint(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved, tmp_path / "sam")


@pytest.mark.parametrize("family", FAMILIES)
def test_whole_ones_are_loaded(family: str, tmp_path: Path) -> None:
    sam = make_sam(family)
    loaded = load_sam(save(sam.model, tmp_path), "cpu")
    expected = sam.model.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in loaded.model.state_dict().items())


def test_the_image_part_of_a_video_model(tmp_path: Path) -> None:
    """What the Hub has of SAM 2 are video models: their memory is left over, and nothing is missing."""
    image = make_sam("sam2").model
    parts = {name: value for name, value in image.config.to_dict().items() if name.endswith("_config")}
    memory = {name: 32 for name in VIDEO_WIDTHS}
    video = transformers.Sam2VideoModel(
        transformers.Sam2VideoConfig(**parts, **memory, memory_attention_num_layers=1, image_size=FRAME)
    )
    video.load_state_dict(image.state_dict(), strict=False)
    loaded = load_sam(save(video, tmp_path), "cpu")
    assert type(loaded.model) is transformers.Sam2Model
    name = "vision_encoder.backbone.patch_embed.projection.weight"
    assert torch.equal(loaded.model.state_dict()[name], image.state_dict()[name])


VIDEO_WIDTHS = (
    "memory_attention_hidden_size",
    "memory_attention_feed_forward_hidden_size",
    "memory_encoder_hidden_size",
    "mask_downsampler_embed_dim",
    "memory_fuser_embed_dim",
    "memory_fuser_intermediate_dim",
)


def test_sam_2_as_transformers_4_writes_it(tmp_path: Path) -> None:
    """Points are placed by the matrix of the pixels, which is there once; in 5 a missing one would be random."""
    key, of_pixels = (
        "prompt_encoder.shared_embedding.positional_embedding",
        "shared_image_embedding.positional_embedding",
    )
    folder = save(make_sam("sam2").model, tmp_path)
    change_weights(folder / "model.safetensors", lambda weights: {k: v for k, v in weights.items() if k != key})
    weights = load_sam(folder, "cpu").model.state_dict()
    assert torch.equal(weights[key], weights[of_pixels])
    change_weights(folder / "model.safetensors", lambda weights: {k: v for k, v in weights.items() if k != of_pixels})
    with pytest.raises(ModelError, match="lack.*shared_image_embedding"):
        load_sam(folder, "cpu")


def without(fragment: str) -> Callable[[Weights], Weights]:
    return lambda weights: {name: value for name, value in weights.items() if fragment not in name}


WEIGHTS: dict[str, tuple[Callable[[Weights], Weights], str]] = {
    "a layer is missing": (without(LAYER), "lack.*vision_encoder.layers.1"),
    "no decoder": (without("mask_decoder."), "lack.*mask_decoder"),
    "of DataParallel": (lambda weights: {f"module.{name}": value for name, value in weights.items()}, "lack"),
    "one weight too many": (lambda weights: {**weights, "head.bias": torch.zeros(3)}, "no place for the weights head"),
    "other shapes": (
        lambda weights: {**weights, "mask_decoder.iou_token.weight": torch.zeros(1, 9)},
        "other shapes.*iou_token",
    ),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_are_not_the_models(checkpoint: Path, case: str) -> None:
    change, message = WEIGHTS[case]
    change_weights(checkpoint / "model.safetensors", change)
    with pytest.raises(ModelError, match=message):
        load_sam(checkpoint, "cpu")


def test_pickled_weights(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    torch.save({}, checkpoint / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be used"):
        load_sam(checkpoint, "cpu")


PROCESSORS = {
    "no JSON": ("{", "cannot be used"),
    "two colours": ({"image_mean": [0.5, 0.5]}, "`image_mean`: must be three numbers"),
    "text": ({"image_std": ["a", "b", "c"]}, "`image_std`: must be a number"),
    "a deviation of 0": ({"image_std": [0.2, 0, 0.2]}, "`image_std`: must be above 0"),
    "null": (None, "must be an object|cannot be used"),
}


@pytest.mark.parametrize("case", PROCESSORS)
def test_image_processors(checkpoint: Path, case: str) -> None:
    value, message = PROCESSORS[case]
    text = value if isinstance(value, str) else json.dumps(value)
    (checkpoint / "preprocessor_config.json").write_text(text)
    with pytest.raises(DciError, match=message):
        load_sam(checkpoint, "cpu")


def test_configs(checkpoint: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        config["vision_config"]["num_hidden_layers"] = 2**40

    change_json(checkpoint / "config.json", change)
    with pytest.raises(ModelError, match="num_hidden_layers.*at most"):
        load_sam(checkpoint, "cpu")
