"""Captions and negatives made by two workers, one of which is killed: the files are those of one process."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.generation_runs import plain_release, run, tree
from support.llm_server import llm_server
from support.ray_clients import client_of, killed_once

from dcikit.captions import PromptedWriter, Tokens, load_prompts
from dcikit.captions.workers import Workers

IMAGES = 3


@pytest.mark.slow
def test_a_killed_workers_images_are_done_again(
    ray: Any, sample: Path, processor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    plain = plain_release(sample, tmp_path / "plain", IMAGES)
    with llm_server() as llm:
        spread = Workers(partial(killed_once, llm.url, tmp_path / "killed"))
        outcomes = {}
        for name, elsewhere in (("alone", None), ("spread", spread), ("spread", spread)):
            client = client_of(llm.url)
            writer = PromptedWriter(client.model.identity, load_prompts(), Tokens(processor.tokenizer))
            earlier = outcomes.get(name)
            outcomes[name] = run(plain, writer, tmp_path / name, client=client, elsewhere=elsewhere)
        asked = llm.requests.total()
    assert (tmp_path / "killed").exists()
    assert earlier == outcomes["alone"] and earlier.is_complete
    assert tree(tmp_path / "spread") == tree(tmp_path / "alone")
    assert not any((tmp_path / "spread" / "generation" / "answers").iterdir())
    assert outcomes["spread"].skipped == 2 * outcomes["alone"].regions, "the third run found both steps done"
    assert asked == 2 * sum(step["answers"] for step in outcomes["alone"].report["steps"].values())


def test_a_writer_travels(processor: Any) -> None:
    writer = PromptedWriter({"model": "stand-in"}, load_prompts(), Tokens(processor.tokenizer))
    writer.tokens.count("a red house")
    assert pickle.loads(pickle.dumps(writer)).identity == writer.identity
