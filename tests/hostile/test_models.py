"""Checkpoints that are not what they say: never scored with numbers that nobody trained, and no code of theirs runs."""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tokenizers
import torch
import transformers
from support.checkpoints import Weights, change_json, change_weights, copy_of_tiny_clip
from support.clip import make_clip

from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.encoders.sentence_encoder import SentenceEncoder
from dcikit.schema.errors import ArgumentError, ModelError

LAST = "text_model.encoder.layers.1."


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return copy_of_tiny_clip(tmp_path / "model")


def without(fragment: str) -> Callable[[Weights], Weights]:
    return lambda weights: {name: value for name, value in weights.items() if fragment not in name}


def renamed(prefix: str) -> Callable[[Weights], Weights]:
    return lambda weights: {prefix + name: value for name, value in weights.items()}


def with_extra(name: str) -> Callable[[Weights], Weights]:
    return lambda weights: {**weights, name: torch.zeros(3)}


def reshaped(name: str) -> Callable[[Weights], Weights]:
    return lambda weights: {**weights, name: weights[name][:-1].contiguous()}


WEIGHTS = {
    "a layer is missing": (without(LAST), "lack.*text_model.encoder.layers.1"),
    "a tower is missing": (without("vision_model."), "lack.*vision_model"),
    "no projection": (without("text_projection"), "lack text_projection.weight"),
    "no logit scale": (without("logit_scale"), "lack logit_scale"),
    "nothing at all": (lambda weights: {}, "lack|has only|bytes only"),
    "of DataParallel": (renamed("module."), "lack"),
    "compiled": (renamed("_orig_mod."), "lack"),
    "one weight too many": (with_extra("classifier.weight"), "no place for the weights classifier.weight"),
    "one layer too many": (with_extra("text_model.encoder.layers.9.mlp.fc1.bias"), "no place.*layers.9"),
    "another projection": (reshaped("text_projection.weight"), "other shapes.*text_projection"),
    "another vocabulary": (reshaped("text_model.embeddings.token_embedding.weight"), "other shapes.*token_embedding"),
    "another patch": (reshaped("vision_model.embeddings.patch_embedding.weight"), "other shapes.*patch_embedding"),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_are_not_the_models(checkpoint: Path, case: str) -> None:
    change, message = WEIGHTS[case]
    change_weights(checkpoint / "model.safetensors", change)
    with pytest.raises(ModelError, match=message):
        load_encoder(str(checkpoint))


def test_buffers_of_older_checkpoints_are_harmless(checkpoint: Path) -> None:
    name = "text_model.embeddings.position_ids"
    change_weights(checkpoint / "model.safetensors", lambda weights: {**weights, name: torch.arange(64)[None]})
    assert load_encoder(str(checkpoint)).weights_hash == load_encoder(str(TINY_CLIP)).weights_hash


def deeper(config: dict[str, Any]) -> None:
    config["text_config"]["num_hidden_layers"] += 1


def shallower(config: dict[str, Any]) -> None:
    config["vision_config"]["num_hidden_layers"] -= 1


def text(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda config: config["text_config"].update(values)


def vision(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda config: config["vision_config"].update(values)


CONFIGS = {
    "more layers than weights": (deeper, "lack"),
    "fewer layers than weights": (shallower, "no place"),
    "2^40 layers": (text(num_hidden_layers=2**40), "num_hidden_layers.*at most"),
    "a vocabulary of 10^12": (text(vocab_size=10**12), "vocab_size.*at most"),
    "1000 wide layers": (vision(hidden_size=2**16, intermediate_size=2**18), "parameters, its weights have"),
    "a vocabulary of 16 million": (text(vocab_size=2**24), "parameters, its weights have"),
    "a kernel of the Hub": (lambda config: {**config, "attn_implementation": "someone/kernel"}, "names code"),
    "null": (lambda config: {"model_type": "clip", "text_config": "x"}, "no folder of a model"),
    "a list": (lambda config: [config], "no folder of a model"),
    "no type": (lambda config: config.clear(), "no folder of a model"),
    "text for a number": (text(hidden_size="wide"), "no folder of a model|cannot be|can be used"),
    "no heads": (text(num_attention_heads=0), "no folder of a model|can be used"),
    "another family": (lambda config: {"model_type": "bert"}, "must be one of"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_configs(checkpoint: Path, case: str) -> None:
    change, message = CONFIGS[case]
    change_json(checkpoint / "config.json", change)
    with pytest.raises(ModelError, match=message):
        load_encoder(str(checkpoint))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"])
def test_damaged_files(checkpoint: Path, file: str, data: bytes) -> None:
    (checkpoint / file).write_bytes(data)
    if file == "preprocessor_config.json":  # the processor's config has all of it, too
        (checkpoint / "processor_config.json").unlink()
    if file == "tokenizer.json":
        (checkpoint / "tokenizer_config.json").write_bytes(data)
    with pytest.raises(ModelError, match="`(model|processor)`"):
        load_encoder(str(checkpoint))


@pytest.mark.parametrize("shard", ["../../secret.safetensors", "/etc/passwd", "weights.bin", "weights.pkl", ""])
def test_an_index_that_names_another_file(checkpoint: Path, shard: str) -> None:
    (checkpoint / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"logit_scale": shard}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="no safetensors file beside it"):
        load_encoder(str(checkpoint))


@pytest.mark.parametrize("pickled", ["pytorch_model.bin", "model.pt"])
def test_pickled_weights(checkpoint: Path, pickled: str) -> None:
    (checkpoint / "model.safetensors").unlink()
    torch.save({}, checkpoint / pickled)
    with pytest.raises(ModelError, match="no safetensors weights"):
        load_encoder(str(checkpoint))


CODE = "from pathlib import Path\nPath({path!r}).touch()\nclass Evil: pass\n"


@pytest.mark.parametrize(
    ("file", "auto_map"),
    [
        ("config.json", {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}),
        ("preprocessor_config.json", {"AutoImageProcessor": "evil.Evil"}),
        ("tokenizer_config.json", {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_code_of_a_folder_is_never_run(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, file: str, auto_map: dict[str, Any], known: bool
) -> None:
    mark = checkpoint / "ran"
    (checkpoint / "evil.py").write_text(CODE.format(path=str(mark)))
    kind = {"config.json": "model_type", "preprocessor_config.json": "image_processor_type"}.get(
        file, "tokenizer_class"
    )
    change_json(checkpoint / file, lambda value: {**value, "auto_map": auto_map, **({} if known else {kind: "Evil"})})
    asked: list[str] = []

    def answered(prompt: str = "") -> str:
        asked.append(prompt)
        return "y"

    monkeypatch.setattr("builtins.input", answered)
    with contextlib.suppress(ModelError):
        load_encoder(str(checkpoint))
    assert not mark.exists()
    assert not asked


def small_vocabulary(folder: Path) -> None:
    value = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = dict(list(value["model"]["vocab"].items())[:300])
    value["model"].update(vocab=vocabulary, merges=[])
    (folder / "tokenizer.json").write_text(json.dumps(value))


def none_at_all(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


def empty(folder: Path) -> None:
    change_json(folder / "tokenizer.json", lambda value: value["model"].update(vocab={}, merges=[]))


@pytest.mark.parametrize("damage", [small_vocabulary, none_at_all, empty])
def test_tokenizers_of_another_model(checkpoint: Path, damage: Callable[[Path], None]) -> None:
    damage(checkpoint)
    with pytest.raises(ModelError, match="tokenizer|`processor`"):
        load_encoder(str(checkpoint))


def test_a_larger_tokenizer_than_the_model_was_trained_with(processor: Any) -> None:
    model = make_clip(vocab_size=len(processor.tokenizer) - 5)
    with pytest.raises(ModelError, match="its tokenizer has .* tokens, the text tower"):
        load_encoder(model, processor)


def test_a_tokenizer_that_ends_no_text(processor: Any) -> None:
    tokenizer = copy.deepcopy(processor.tokenizer)
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing("$A", special_tokens=[])
    parts = SimpleNamespace(image_processor=processor.image_processor, tokenizer=tokenizer)
    with pytest.raises(ModelError, match="its tokenizer ends a text with"):
        load_encoder(make_clip(), parts)


@pytest.mark.parametrize("side", [40_000, 0, -1])
def test_an_image_processor_that_asks_for_huge_images(checkpoint: Path, side: int) -> None:
    for name in ("preprocessor_config.json", "processor_config.json"):
        (checkpoint / name).unlink()
    size = {"height": side, "width": side}
    described = {"image_processor_type": "CLIPImageProcessor", "crop_size": size, "size": {"shortest_edge": 224}}
    (checkpoint / "preprocessor_config.json").write_text(json.dumps(described))
    with pytest.raises(ModelError, match="`crop_size` must be 1 to"):
        load_encoder(str(checkpoint))


@pytest.mark.parametrize("name", ["", "  "])
def test_an_unset_variable_is_no_model(name: str) -> None:
    with pytest.raises(ArgumentError, match="`model` must be"):
        load_encoder(name)
    with pytest.raises(ArgumentError, match="`adapter` must be"):
        load_encoder(str(TINY_CLIP), adapter=name)
    with pytest.raises(ArgumentError, match="`encoder` must be"):
        SentenceEncoder(name)


@pytest.fixture(scope="session")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA of the tiny CLIP whose B is not zero."""
    import peft

    torch.manual_seed(0)
    model = transformers.CLIPModel.from_pretrained(TINY_CLIP)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=2, target_modules=["q_proj", "v_proj"]))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    folder = tmp_path_factory.mktemp("lora")
    adapted.save_pretrained(folder)
    return folder


def test_an_adapter_that_fits_is_merged(lora: Path) -> None:
    merged, bare = load_encoder(str(TINY_CLIP), adapter=str(lora)), load_encoder(str(TINY_CLIP))
    name = "text_model.encoder.layers.0.self_attn.q_proj.weight"
    assert merged.weights_hash != bare.weights_hash
    assert not torch.equal(merged.model.state_dict()[name], bare.model.state_dict()[name])


ADAPTERS = {
    "half of it": (without("lora_B"), "lacks weights"),
    "one layer of it": (without("layers.0"), "lacks weights"),
    "nothing": (lambda weights: {}, "lacks weights|cannot be applied"),
    "of a deeper model": (
        lambda weights: {
            **weights,
            **{
                name.replace("layers.0", "layers.7"): value.clone()
                for name, value in weights.items()
                if "layers.0" in name
            },
        },
        "no place",
    ),
    "of another architecture": (
        lambda weights: {name.replace("self_attn", "attention"): value for name, value in weights.items()},
        "lacks weights",
    ),
    "of a wider model": (
        lambda weights: {name: torch.cat([value, value], -1) for name, value in weights.items()},
        "cannot be applied",
    ),
}


@pytest.mark.parametrize("case", ADAPTERS)
def test_adapters_that_do_not_fit(lora: Path, tmp_path: Path, case: str) -> None:
    change, message = ADAPTERS[case]
    folder = shutil.copytree(lora, tmp_path / "adapter")
    change_weights(folder / "adapter_model.safetensors", change)
    with pytest.raises(ModelError, match=message):
        load_encoder(str(TINY_CLIP), adapter=str(folder))


@pytest.mark.parametrize(
    "values",
    [
        {"r": 10**9},
        {"r": 0},
        {"r": "two"},
        {"peft_type": "EVIL"},
        {"target_modules": ["nowhere"]},
        {"megatron_config": {}, "megatron_core": "antigravity"},
    ],
    ids=str,
)
def test_adapter_configs(lora: Path, tmp_path: Path, values: dict[str, Any]) -> None:
    folder = shutil.copytree(lora, tmp_path / "adapter")
    change_json(folder / "adapter_config.json", lambda config: config.update(values))
    with pytest.raises(ModelError, match="`adapter`"):
        load_encoder(str(TINY_CLIP), adapter=str(folder))


def test_an_adapter_is_no_model(lora: Path) -> None:
    with pytest.raises(ModelError, match="give it as `adapter`"):
        load_encoder(str(lora))


def test_a_text_encoder_without_some_weights(tmp_path: Path, processor: Any) -> None:
    config = transformers.BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, vocab_size=684
    )
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    processor.tokenizer.save_pretrained(tmp_path)
    vectors, _ = SentenceEncoder(str(tmp_path)).embed(["a dog"])  # neither a pooler nor the head is read
    assert vectors.shape == (1, 16)
    change_weights(tmp_path / "model.safetensors", without("layer.1."))
    with pytest.raises(ModelError, match="lack.*layer.1"):
        SentenceEncoder(str(tmp_path))


def test_a_processor_without_parts() -> None:
    with pytest.raises(ArgumentError, match="`processor` must have"):
        load_encoder(make_clip(), SimpleNamespace())
