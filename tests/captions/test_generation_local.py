"""`dci generate --engine local`: the real path through transformers, on a tiny random model that writes nonsense."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from support.generation_runs import command, plain_release

from dcikit.captions.local_model import LocalModel
from dcikit.captions.request import Request, RequestError
from dcikit.encoders.models import TINY_CLIP


@pytest.fixture(scope="session")
def random_llm(tmp_path_factory: pytest.TempPathFactory, processor: Any) -> Path:
    """A GPT-2 at random weights with a vocabulary of the tiny CLIP's size."""
    from transformers import GPT2Config, GPT2LMHeadModel

    folder = tmp_path_factory.mktemp("llm") / "random"
    torch.manual_seed(0)
    tokenizer = processor.tokenizer
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=2048,
        n_embd=16,
        n_layer=1,
        n_head=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def ask(model: LocalModel, *requests: Request) -> list[str]:
    async def answers() -> list[str]:
        try:
            return [answer.text for answer in await asyncio.gather(*map(model.answer, requests))]
        finally:
            await model.close()

    return asyncio.run(answers())


def test_an_answer_follows_from_request_and_seed(random_llm: Path) -> None:
    model = LocalModel(str(random_llm))
    one, other = Request("A red car", 1, 8), Request("A red car", 2, 8)
    assert ask(model, one, other, one) == ask(model, one, other, one)
    first, second, third = ask(model, one, other, one)
    assert first == third != second
    greedy = LocalModel(str(random_llm), temperature=0.0)
    assert len(set(ask(greedy, one, other))) == 1


def test_chat_template_is_used(random_llm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "chat"
    shutil.copytree(random_llm, folder)
    template = "{% for message in messages %}asked: {{ message.content }}{% endfor %} said:"
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chat_template": template}))
    model = LocalModel(str(folder))
    (ids,) = model._inputs(Request("A red car", 1, 8))["input_ids"]
    assert "asked : a red car said :" in model.tokenizer.decode(ids).replace("  ", " ")


def test_a_question_that_does_not_fit(random_llm: Path) -> None:
    with pytest.raises(RequestError, match="context of 2048") as caught:
        ask(LocalModel(str(random_llm)), Request("red car " * 2000, 1, 8))
    assert not caught.value.retry


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`llm_model` must be"):
        LocalModel(str(tmp_path))


def test_its_answers_fail_the_checks_and_the_command_says_so(
    random_llm: Path, sample: Path, tmp_path: Path, capsys: Any
) -> None:
    plain = plain_release(sample, tmp_path / "plain", images=2)
    arguments = ["generate", plain, "--engine", "local", "--llm-model", random_llm, "--tokenizer", TINY_CLIP]
    status, out, err = command(*arguments, "--limit", "1", "--answer-tokens", "20", "--attempts", "2", capsys=capsys)
    assert status == 0, err
    assert "refused: cut off by the server" in out
    assert "not made: no caption that passes the checks" in out
    (doc,) = [json.loads(path.read_text()) for path in (plain / "complete").iterdir()]
    assert doc["summaries"] == doc["negatives"] == {}
    (settings,) = json.loads((plain / "generation" / "settings.json").read_text()).values()
    assert settings["engine"] == "local"
