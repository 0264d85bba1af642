"""`dci describe --engine local`: the real path through transformers, on a tiny random LLaVA that writes nonsense."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from support.generation_runs import command
from support.squares import squares_release

from dcikit.captions.local_vision_model import LocalVisionModel
from dcikit.captions.request import Request


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory, processor: Any) -> Path:
    """A LLaVA at random weights, of the tiny CLIP's image size and words."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    folder = tmp_path_factory.mktemp("llava") / "random"
    torch.manual_seed(0)
    tokenizer = type(processor.tokenizer).from_pretrained(processor.tokenizer.name_or_path)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    vision = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=32
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=image, vision_feature_select_strategy="default"
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    template = (
        "{% for message in messages %}{% for part in message.content %}"
        "{{ '<image>' if part.type == 'image' else part.text }} {% endfor %}{% endfor %}"
    )
    LlavaProcessor(
        processor.image_processor,
        tokenizer,
        patch_size=32,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    ).save_pretrained(folder)
    return folder


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "JPEG")
    return file.getvalue()


def ask(model: LocalVisionModel, *requests: Request) -> list[str]:
    async def answers() -> list[str]:
        try:
            return [answer.text for answer in await asyncio.gather(*map(model.answer, requests))]
        finally:
            await model.close()

    return asyncio.run(answers())


def test_an_answer_follows_from_request_and_image(llava: Path) -> None:
    model = LocalVisionModel(str(llava), temperature=0.0)
    red, blue = (Request("a red house", 1, 8, picture(colour)) for colour in ("red", "blue"))
    assert ask(model, red, blue, red) == ask(model, red, blue, red)
    inputs = model._inputs(red)
    assert (inputs["input_ids"] == model.model.config.image_token_index).sum() == 4  # 2 x 2 patches
    assert inputs["pixel_values"].shape == (1, 3, 64, 64)
    assert not torch.equal(inputs["pixel_values"], model._inputs(blue)["pixel_values"])


def test_a_question_without_an_image(llava: Path) -> None:
    model = LocalVisionModel(str(llava), temperature=0.0)
    inputs = model._inputs(Request("a red house", 1, 8))
    assert "pixel_values" not in inputs
    assert "a red house" in model.tokenizer.decode(inputs["input_ids"][0]).replace("</w>", " ")
    assert len(ask(model, Request("a red house", 1, 8))) == 1


def test_no_model_that_sees(tmp_path: Path) -> None:
    from dcikit.encoders.models import TINY_CLIP

    for folder in (tmp_path, TINY_CLIP):
        with pytest.raises(ValueError, match="`llm_model` must be an image-text-to-text model"):
            LocalVisionModel(str(folder))


def test_its_nonsense_fails_the_checks_and_the_command_says_so(llava: Path, tmp_path: Path, capsys: Any) -> None:
    folder = squares_release(tmp_path, 1)
    arguments = ["describe", folder, "--engine", "local", "--llm-model", llava, "--attempts", "2"]
    status, out, err = command(*arguments, "--answer-tokens", "8", capsys=capsys)
    assert status == 0, err
    assert "refused: cut off by the server" in out and "not made: no description that passes the checks" in out
    (settings,) = json.loads((folder / "description" / "settings.json").read_text()).values()
    assert settings["engine"] == "local"
