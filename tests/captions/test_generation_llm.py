"""`dci generate --llm`: a server that answers, stalls, errors, refuses, rambles; budgets; kill -9 and going on."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from support.generation_runs import command, command_process, plain_release, run, tree
from support.llm_server import LoopbackLlm, Trouble, llm_server

from dcikit.captions import Budget, ChatServer, Dispatcher, Limits, PromptedWriter, Tokens, load_prompts
from dcikit.captions.journal import Journal
from dcikit.captions.request import RATE_LIMIT, Answer, GenerationStopped, Request, RequestError

IMAGES = 3


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def llm() -> Iterator[LoopbackLlm]:
    with llm_server() as server:
        yield server


@pytest.fixture(scope="session")
def tokens(processor: Any) -> Tokens:
    return Tokens(processor.tokenizer)


@pytest.fixture(scope="session")
def plain(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed: runs write elsewhere."""
    return plain_release(sample, tmp_path_factory.mktemp("llm") / "plain", IMAGES)


class Run:
    """Runs over `plain` into a folder."""

    def __init__(self, plain: Path, tokens: Tokens, output: Path) -> None:
        self.plain, self.tokens, self.output = plain, tokens, output
        self.client: Dispatcher

    def __call__(self, llm: LoopbackLlm, to: str = "out", timeout: float = 20, **options: Any) -> Any:
        concurrency = options.pop("concurrency", 8)
        model = ChatServer(llm.url, "stand-in", timeout=timeout, concurrency=concurrency)
        options = {"pause": 0.01, **options}
        self.client = Dispatcher(model, concurrency=concurrency, **options)
        writer = PromptedWriter(model.identity, load_prompts(), self.tokens, limits=Limits(attempts=3))
        return run(self.plain, writer, self.output / to, client=self.client, images_at_once=concurrency)


@pytest.fixture
def generation(plain: Path, tokens: Tokens, tmp_path: Path) -> Run:
    return Run(plain, tokens, tmp_path)


def test_result(generation: Run, llm: LoopbackLlm, tokens: Tokens, load: Any, metric: Any, random_clip: Any) -> None:
    outcome = generation(llm)
    assert outcome.is_complete
    summaries, negatives = outcome.report["steps"].values()
    assert summaries["regions"] == negatives["regions"] == outcome.regions
    answers = summaries["answers"] + negatives["answers"]
    assert answers == sum(llm.requests.values()) == generation.client.counts["requests"]
    assert max(llm.requests.values()) == 1, "nothing is asked twice"
    dataset = load("sdci", generation.output / "out")
    for row in dataset:
        for region in row["regions"]:
            texts = [*region["captions"], *(text for kind in region["negatives"].values() for text in kind)]
            assert all(tokens.fits(text) for text in texts)
            assert len(region["captions"]) >= 5
    from transformers import CLIPProcessor

    from dcikit.encoders.models import TINY_CLIP

    processor = CLIPProcessor.from_pretrained(TINY_CLIP)
    scores = metric.compute(model=random_clip, processor=processor, dataset=dataset, protocol="sdci-entries")
    assert 0 <= scores["all_neg"] <= 1
    settings = json.loads((generation.output / "out/generation/settings.json").read_text())
    (made,) = settings.values()
    assert made["model"] == "stand-in" and made["prompts"]["sha256"].keys() == load_prompts().hashes.keys()


def test_the_users_hub_token_goes_to_no_other_server(
    generation: Run, llm: LoopbackLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    generation(llm, budget=Budget(requests=1))
    sent = {name.casefold(): value for name, value in llm.headers.items()}
    assert "hf_secret" not in sent["authorization"]


def test_concurrency_is_bounded_and_changes_nothing(generation: Run, llm: LoopbackLlm) -> None:
    llm.trouble = Trouble(delay=0.002)
    generation(llm, "three", concurrency=3)
    assert llm.most == 3
    generation(llm, "one", concurrency=1)
    assert tree(generation.output / "three") == tree(generation.output / "one")


def test_failures_that_pass_change_nothing(generation: Run, llm: LoopbackLlm) -> None:
    generation(llm, "calm")
    llm.requests.clear()
    kinds = ("500", "503", "429", "garbage", "no choices", "hang up")
    llm.trouble = Trouble(failing={kind: 0.05 for kind in kinds}, times=2, retry_after="0.01")
    outcome = generation(llm, "troubled")
    assert outcome.is_complete
    assert all(llm.sent[kind] for kind in kinds), llm.sent
    errors = generation.client.errors
    assert errors["rate limit (429)"] == llm.sent["429"]
    assert errors["broken answer"] == llm.sent["garbage"] + llm.sent["no choices"]
    assert errors["no connection"] == llm.sent["hang up"]
    assert tree(generation.output / "troubled") == tree(generation.output / "calm")
    runs = (generation.output / "troubled/generation/runs.jsonl").read_text().splitlines()
    assert json.loads(runs[-1])["errors"] == dict(errors)


def test_a_stalled_request_times_out_and_is_asked_again(generation: Run, llm: LoopbackLlm) -> None:
    generation(llm, "calm")
    llm.requests.clear()
    llm.trouble = Trouble(failing={"stall": 0.03})
    start = time.monotonic()
    outcome = generation(llm, "troubled", timeout=0.4)
    assert outcome.is_complete
    assert generation.client.errors["timed out"] >= llm.sent["stall"] > 0
    assert time.monotonic() - start < 15
    assert tree(generation.output / "troubled") == tree(generation.output / "calm")


def test_answers_that_fail_the_checks_are_counted_and_left_out(generation: Run, llm: LoopbackLlm) -> None:
    manners = ("refuse", "ramble", "broken json", "empty", "echo", "cut", "long")
    llm.trouble = Trouble(answering={manner: 0.09 for manner in manners})
    outcome = generation(llm)
    assert outcome.is_complete  # every region is settled, with or without texts
    refused: dict[str, int] = {}
    for step in outcome.report["steps"].values():
        for reason, count in step["refused"].items():
            refused[reason] = refused.get(reason, 0) + count
    assert {"a refusal", "a remark around the caption", "an echo of the prompt", "empty"} <= refused.keys()
    assert {"cut off by the server", "markup or broken JSON"} <= refused.keys()
    for path in (generation.output / "out/complete").iterdir():
        text = path.read_text()
        assert "sorry" not in text and "Certainly" not in text and "Caption:" not in text


def test_nothing_but_refusals(generation: Run, llm: LoopbackLlm, plain: Path, tmp_path: Path, capsys: Any) -> None:
    from dcikit.encoders.models import TINY_CLIP

    llm.trouble = Trouble(answering={"refuse": 1.0})
    arguments = ["generate", plain, "--output-dir", tmp_path / "out", "--llm", llm.url, "--llm-model", "m"]
    status, out, _ = command(*arguments, "--tokenizer", TINY_CLIP, capsys=capsys)
    assert status == 0
    assert "refused: a refusal" in out and "not made: no caption that passes the checks" in out
    assert all(json.loads(path.read_text())["summaries"] == {} for path in (tmp_path / "out/complete").iterdir())


def test_budget_of_requests(generation: Run, llm: LoopbackLlm) -> None:
    generation(llm, "whole")
    asked = sum(llm.requests.values())
    rounds = 0
    while not (outcome := generation(llm, "parts", budget=Budget(requests=40))).is_complete:
        assert "40 requests" in outcome.stopped
        assert generation.client.counts["requests"] == 40
        rounds += 1
    assert rounds == asked // 40, "an answer that was paid for is never asked for again"
    assert tree(generation.output / "parts") == tree(generation.output / "whole")


def test_the_command_says_that_it_is_not_done(llm: LoopbackLlm, plain: Path, tmp_path: Path, capsys: Any) -> None:
    from dcikit.encoders.models import TINY_CLIP

    arguments = ["generate", plain, "--output-dir", tmp_path / "out", "--llm", llm.url, "--llm-model", "m"]
    arguments += ["--tokenizer", TINY_CLIP]
    status, out, _ = command(*arguments, "--max-requests", "30", capsys=capsys)
    assert status == 1
    assert "Stopped: the budget of 30 requests is spent" in out and "Run the same command again" in out
    status, out, _ = command(*arguments, capsys=capsys)
    assert status == 0 and "Stopped" not in out


def test_budget_of_tokens_is_not_exceeded(generation: Run, llm: LoopbackLlm) -> None:
    outcome = generation(llm, budget=Budget(tokens=20_000))
    assert "20,000 tokens" in outcome.stopped
    assert 10_000 < generation.client.counts["tokens"] <= 20_000


def test_a_server_that_dies_ends_the_run_and_the_next_goes_on(generation: Run, llm: LoopbackLlm) -> None:
    generation(llm, "whole")
    asked = sum(llm.requests.values())
    llm.requests.clear()
    generation(llm, "parts", budget=Budget(requests=50))
    llm.trouble.dead = True
    outcome = generation(llm, "parts", retries=1, give_up=3)
    assert "requests in a row failed" in outcome.stopped and "503" in outcome.stopped
    llm.trouble.dead = False
    assert generation(llm, "parts").is_complete
    assert sum(llm.requests.values()) == asked + llm.sent["503"]
    assert tree(generation.output / "parts") == tree(generation.output / "whole")


def test_requests_that_never_work_leave_the_rest(generation: Run, llm: LoopbackLlm) -> None:
    generation(llm, "whole")
    llm.trouble = Trouble(failing={"400": 0.01}, times=10**6)
    outcome = generation(llm, "parts")
    assert not outcome.is_complete and not outcome.stopped
    assert sum(outcome.failed.values()) == outcome.failed["status 400"] > 0
    assert generation.client.counts["retried"] == 0
    llm.trouble = Trouble()
    assert generation(llm, "parts").is_complete
    assert tree(generation.output / "parts") == tree(generation.output / "whole")


@pytest.mark.parametrize(("status", "hint"), [("401", "check the API key"), ("404", "check the URL")])
def test_a_wrong_key_or_model_ends_at_once(generation: Run, llm: LoopbackLlm, status: str, hint: str) -> None:
    llm.trouble = Trouble(failing={status: 1.0}, times=10**6)
    outcome = generation(llm)
    assert status in outcome.stopped and hint in outcome.stopped
    assert sum(llm.requests.values()) <= 8  # those in flight


def test_no_server_at_all(generation: Run) -> None:
    with llm_server() as gone:
        pass
    outcome = generation(gone, retries=1)
    assert "cannot be reached" in outcome.stopped


def test_offline_mode_is_named(generation: Run, llm: LoopbackLlm, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    if huggingface_hub.__version__.startswith("0."):
        pytest.skip("its asynchronous client is not kept from any server")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in generation(llm).stopped


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_and_resumed_equals_uninterrupted(
    generation: Run, llm: LoopbackLlm, plain: Path, tmp_path: Path, how: signal.Signals
) -> None:
    from dcikit.encoders.models import TINY_CLIP

    generation(llm, "whole")
    asked = set(llm.requests)
    llm.requests.clear()
    llm.trouble.delay = 0.05
    output = tmp_path / "killed"
    arguments = ["generate", plain, "--output-dir", output, "--llm", llm.url, "--llm-model", "stand-in"]
    process = command_process([*arguments, "--tokenizer", TINY_CLIP, "--concurrency", "4"])
    while len(llm.requests) < len(asked) // 2 and process.poll() is None:
        time.sleep(0.01)
    llm.trouble.delay = 1.0  # it is at work when the signal comes, however busy the machine
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (-how if how is signal.SIGKILL else 130), err
    assert "Traceback" not in err
    llm.trouble.delay = 0.0
    assert generation(llm, "killed").is_complete
    assert set(llm.requests) == asked
    again = sum(llm.requests.values()) - len(asked) - generation.client.counts["retried"]
    assert again <= 4, "at most the requests in flight are lost"
    assert tree(output) == tree(generation.output / "whole")


def test_two_runs_do_not_write_to_the_same_folder(generation: Run, llm: LoopbackLlm, plain: Path) -> None:
    from dcikit.captions import Store
    from dcikit.data.release import Release

    store = Store(Release(plain), generation.output / "out")
    with store.lock(), pytest.raises(ValueError, match="another run is writing"):
        generation(llm)


def test_rate_limits_are_respected() -> None:
    """After a 429 with Retry-After nobody sends anything until then."""

    class Limited:
        identity: ClassVar[dict[str, Any]] = {}

        def __init__(self) -> None:
            self.times: list[float] = []

        async def answer(self, request: Request) -> Answer:
            self.times.append(time.monotonic())
            limited = len(self.times) <= 4
            await asyncio.sleep(0.01)
            if limited:
                raise RequestError("slow down", RATE_LIMIT, wait=0.3)
            return Answer("x", True, 1)

        async def close(self) -> None: ...

    async def ask() -> list[float]:
        engine = Limited()
        model = Dispatcher(engine, concurrency=4, retries=0, pause=0.01)
        await asyncio.gather(*(model.ask(Request("x", i, 1)) for i in range(8)))
        return engine.times

    times = asyncio.run(ask())
    assert len(times) == 12
    assert times[3] - times[0] < 0.2 and times[4] - times[0] >= 0.3


def test_journal_drops_a_torn_line(tmp_path: Path) -> None:
    class Model:
        asked = 0

        async def ask(self, request: Request) -> Answer:
            self.asked += 1
            return Answer(f"answer {request.seed}", True, 1)

    model, path = Model(), tmp_path / "1-data.jsonl"

    async def ask(*seeds: int) -> list[str]:
        with Journal(path, model, "s") as journal:
            return [(await journal.ask(Request("p", seed, 9))).text for seed in seeds]

    assert asyncio.run(ask(1, 2)) == ["answer 1", "answer 2"]
    path.write_bytes(path.read_bytes()[:-5])
    assert asyncio.run(ask(1, 2)) == ["answer 1", "answer 2"]
    assert model.asked == 3
    assert len(path.read_text().splitlines()) == 2
    with pytest.raises(GenerationStopped):
        asyncio.run(Dispatcher(_never(), budget=Budget(requests=0)).ask(Request("p", 1, 1)))


def _never() -> Any:
    return ChatServer("http://localhost:1/v1", "m")
