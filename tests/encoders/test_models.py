"""Every supported family, as a tiny random model, against a naive score of one pair at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers
from PIL import Image
from support import reference
from support.tiny_families import FAMILIES, build, image_processor_of, tokenizer_of
from transformers import CLIPImageProcessor

Load = Callable[..., Any]
Score = Callable[[Any, str], float]


def naive(name: str, model: Any, processor: Any, context: int) -> Score:
    """One pair at a time, with the model's own forward."""
    known: dict[tuple[str, str, str], float] = {}

    def score(entry: Any, text: str) -> float:
        at = (entry["image_id"], entry["key"], text)
        if at not in known:
            known[at] = pair(entry, text)
        return known[at]

    def pair(entry: Any, text: str) -> float:
        sigmoid = name in ("SiglipModel", "Siglip2Model")
        pad = {"padding": "max_length"} if sigmoid else {}
        inputs = processor.tokenizer([text], truncation=True, max_length=context, return_tensors="pt", **pad)
        if sigmoid:
            inputs.pop("attention_mask")
        inputs.update(processor.image_processor(images=entry["crop"](), return_tensors="pt"))
        with torch.no_grad():
            if name == "FlavaForPreTraining":
                ids = inputs["input_ids"]
                logits = model(**inputs, input_ids_masked=ids, return_loss=False, skip_unmasked_multimodal_encoder=True)
                return (logits.itm_logits[0, 1] - logits.itm_logits[0, 0]).item()
            if name == "BlipForImageTextRetrieval":
                logits = model(**inputs, use_itm_head=True).itm_score
                return (logits[0, 1] - logits[0, 0]).item()
            if name == "FlavaModel":
                image = model.get_image_features(pixel_values=inputs.pop("pixel_values"))
                words = model.get_text_features(**inputs)
                image, words = (getattr(each, "pooler_output", each)[:, 0] for each in (image, words))
                return torch.cosine_similarity(image, words).item()
            return model(**inputs).logits_per_image[0, 0].item()

    return score


@pytest.mark.parametrize("name", FAMILIES)
def test_scores_equal_one_pair_at_a_time(odd: Path, load: Load, metric: Any, processor: Any, name: str) -> None:
    if not hasattr(transformers, name):
        pytest.skip(f"transformers {transformers.__version__} has no {name}")
    tokenizer = tokenizer_of(name, processor.tokenizer)
    model = build(name, tokenizer)
    if name == "ChineseCLIPModel" and transformers.__version__ < "5":  # its get_text_features fails there
        with pytest.raises(ValueError, match="needs transformers 5"):
            metric.compute(model=model, processor=processor, dataset=[])
        return
    parts = SimpleNamespace(image_processor=image_processor_of(name), tokenizer=tokenizer)
    result = metric.compute(
        model=model, processor=parts, dataset=load("sdci", odd), protocol="sdci-entries", batch_size=7
    )
    expected = reference.six_scores(reference.entries(odd, "test"), naive(name, model, parts, 64))
    assert {score: result[score] for score in expected} == {score: c / n for score, (c, n) in expected.items()}
    assert result["all_scm_truncated"] > 0


def test_a_sigmoid_models_bias_changes_no_answer(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = build("SiglipModel", processor.tokenizer)
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    parts = SimpleNamespace(image_processor=images, tokenizer=processor.tokenizer)
    before = metric.compute(model=model, processor=parts, dataset=load("sdci", odd), protocol="sdci-entries")
    torch.nn.init.constant_(model.logit_bias, -1000.0)
    assert metric.compute(model=model, processor=parts, dataset=load("sdci", odd), protocol="sdci-entries") == before


def test_an_unknown_model_is_told_what_is_supported(metric: Any, tmp_path: Path) -> None:
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="CLIPModel, SiglipModel.*BlipForImageTextRetrieval.*bert"):
        metric.compute(model=str(tmp_path), dataset=[])


def test_naflex_is_loaded_with_its_own_image_processor(tmp_path: Path, processor: Any) -> None:
    from dcikit.encoders.models import load_encoder

    model, images = build("Siglip2Model", processor.tokenizer), image_processor_of("Siglip2Model")
    for part in (model, images, processor.tokenizer):
        part.save_pretrained(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu")
    assert (type(encoder.preprocessor.image_processor), encoder.image_size) == (type(images), None)
    crops = [Image.effect_noise(size, 60).convert("RGB") for size in ((50, 700), (300, 224), (224, 224))]
    pixels = [encoder.pixels(crop) for crop in crops]
    assert [each["spatial_shapes"].tolist() for each in pixels] == [[14, 1], [3, 5], [4, 4]]
    assert [each["pixel_attention_mask"].sum() for each in pixels] == [14, 15, 16]
    with torch.no_grad():
        alone = [model.get_image_features(**images(images=crop, return_tensors="pt")) for crop in crops]
    alone = torch.cat([getattr(each, "pooler_output", each) for each in alone])
    with encoder.inference():
        torch.testing.assert_close(encoder.embed_images(pixels), alone)


@pytest.mark.parametrize("name", ["FlavaForPreTraining", "BlipForImageTextRetrieval", "SiglipModel"])
def test_a_saved_model_is_loaded_as_its_own_class(tmp_path: Path, processor: Any, name: str) -> None:
    from dcikit.encoders.models import load_encoder

    build(name, processor.tokenizer).save_pretrained(tmp_path)
    parts = SimpleNamespace(image_processor=processor.image_processor, tokenizer=processor.tokenizer)
    assert type(load_encoder(str(tmp_path), parts).model).__name__ == name


def test_only_the_pairs_that_are_needed(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = build("BlipForImageTextRetrieval", processor.tokenizer)
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    pairs: list[int] = []
    head = model.itm_head.forward
    model.itm_head.forward = lambda states: pairs.append(len(states)) or head(states)
    parts = SimpleNamespace(image_processor=images, tokenizer=processor.tokenizer)
    metric.compute(model=model, processor=parts, dataset=load("sdci", odd), protocol="sdci-entries", suites=["base"])
    assert sum(pairs) == 2 * 4  # caption and negative of the four whole images that have one
