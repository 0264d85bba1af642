"""`dci describe` with a server that looks at the pixels it is sent: what is written, trouble, budgets, kill -9."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.generation_runs import command, command_process
from support.llm_server import LoopbackLlm, Trouble, llm_server
from support.squares import colours, squares_release
from support.vision import look

from dcikit.captions import Budget, ChatServer, Dispatcher, Outcome
from dcikit.captions.describe import Describer, describe, description_prompts
from dcikit.data.release import Release
from dcikit.data.verify import verify
from dcikit.schema.errors import DataError

PHOTOS = 4
NO_DESCRIPTION = "no description that passes the checks"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def prompts() -> list[str]:
    """What the server was asked, in order."""
    return []


@pytest.fixture
def llm(prompts: list[str]) -> Iterator[LoopbackLlm]:
    def answer(prompt: str, seed: int, manner: str | None) -> tuple[str, str]:
        prompts.append(json.loads(prompt)[1]["text"])
        return look(prompt, seed, manner)

    with llm_server(answer=answer) as server:
        yield server


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return squares_release(tmp_path_factory.mktemp("squares"), PHOTOS)


@pytest.fixture
def copy(masked: Path, tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: Path(shutil.copytree(masked, tmp_path / name))


def run(folder: Path, llm: LoopbackLlm, *, budget: Budget | None = None, **options: Any) -> Outcome:
    client = Dispatcher(ChatServer(llm.url, "stand-in"), concurrency=4, pause=0.01, budget=budget)
    overwrite = options.pop("overwrite", False)
    describer = Describer(client.model.identity, description_prompts(), **options)
    release = Release(folder)
    return describe(release, describer, release.names("test"), client=client, overwrite=overwrite)


def tree(folder: Path) -> dict[str, bytes]:
    """All that a run writes and that does not depend on when it ran."""
    kept = [*folder.glob("annotations/*"), *folder.glob("description/regions/*")]
    kept += [folder / "description" / name for name in ("report.json", "settings.json")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def test_every_region_is_told_by_what_is_seen_of_it(
    copy: Callable[[str], Path], llm: LoopbackLlm, load: Callable[..., Any], prompts: list[str]
) -> None:
    folder = copy("out")
    outcome = run(folder, llm)
    assert outcome.is_complete
    assert (outcome.images, outcome.regions, outcome.skipped) == (PHOTOS, 4 * PHOTOS, 0)
    assert [report.defects for report in verify(Release(folder), num_proc=1)] == [[]] * PHOTOS
    rows = load("dci", folder)
    for row in rows:
        drawn = colours(int(row["file_name"].split(".")[0]))
        outer, inner, beside = row["masks"]
        labels = f"{drawn['outer']} house", f"{drawn['inner']} crate", f"{drawn['beside']} crate"
        assert (outer["label"], inner["label"], beside["label"]) == labels
        assert {mask["quality"] for mask in row["masks"]} == {"ok"}
        assert outer["caption"].endswith(f"{drawn['inner']} disc on its left.")
        assert drawn["inner"] in inner["caption"] and drawn["outer"] not in inner["caption"]
        assert row["short_caption"].startswith("A meadow with ")
        assert f"{labels[0]} on the left and " in row["short_caption"]
        assert row["description"].startswith(row["short_caption"] + "\n" + "The picture shows a meadow. There is ")
        about_parts = {text for text in prompts if "one part" in text and f"were called: {labels[1]}." in text}
        about_photo = {
            text for text in prompts if "whole photo" in text and f"called: {labels[0]}, {labels[2]}." in text
        }
        assert len(about_parts) == len(about_photo) == 1
    report = outcome.report["steps"]["description"]
    assert (report["regions"], report["kept"], report["answers"]) == (16, 32, 16)
    assert max(llm.requests.values()) == 1, "nothing is asked twice"


@pytest.mark.parametrize(("crops", "told"), [("blur", "what is sharp"), ("boxes", "thing in the middle")])
def test_what_is_shown_can_be_chosen(
    copy: Callable[[str], Path], llm: LoopbackLlm, prompts: list[str], crops: str, told: str
) -> None:
    assert run(copy("out"), llm, crops=crops).is_complete
    assert sum(told in text for text in prompts) == sum("one part" in text for text in prompts) > 0


def test_what_was_done_is_not_asked_again(copy: Callable[[str], Path], llm: LoopbackLlm) -> None:
    folder = copy("out")
    run(folder, llm)
    before, asked = tree(folder), sum(llm.requests.values())
    outcome = run(folder, llm)
    assert (outcome.skipped, outcome.regions) == (4 * PHOTOS, 4 * PHOTOS)
    assert sum(llm.requests.values()) == asked
    assert tree(folder) == before


def test_failures_that_pass_change_nothing(copy: Callable[[str], Path], llm: LoopbackLlm) -> None:
    calm, troubled = copy("calm"), copy("troubled")
    run(calm, llm)
    llm.requests.clear()
    kinds = ("500", "503", "429", "garbage", "hang up")
    llm.trouble = Trouble(failing={kind: 0.15 for kind in kinds}, times=2, retry_after="0.01")
    assert run(troubled, llm).is_complete
    assert sum(llm.sent[kind] > 0 for kind in kinds) >= 3, llm.sent
    assert tree(troubled) == tree(calm)


def test_answers_that_are_no_json_are_asked_again_and_counted(
    copy: Callable[[str], Path], llm: LoopbackLlm, prompts: list[str]
) -> None:
    llm.trouble = Trouble(answering={"broken json": 0.2, "refuse": 0.2, "cut": 0.2, "ramble": 0.4})
    folder = copy("out")
    outcome = run(folder, llm, attempts=4)
    report = outcome.report["steps"]["description"]
    assert outcome.is_complete
    assert set(report["refused"]) == {"not the JSON object that was asked for", "cut off by the server"}
    assert report["answers"] == 16 + sum(report["refused"].values()) - report["missing"].get(NO_DESCRIPTION, 0)
    assert sum("it was not one JSON object" in text for text in prompts)


def test_a_region_that_cannot_be_told_leaves_the_rest(copy: Callable[[str], Path], llm: LoopbackLlm) -> None:
    """A filter of the server refuses some requests for good; others never get an answer that can be used."""
    llm.trouble = Trouble(failing={"400": 0.2}, times=10**6, answering={"refuse": 0.2})
    folder = copy("out")
    outcome = run(folder, llm, attempts=1)
    assert outcome.is_complete
    missing = outcome.report["steps"]["description"]["missing"]
    assert missing["no answer: status 400"] and missing[NO_DESCRIPTION]
    masks = [mask for name in Release(folder).names("test") for mask in read(folder, name)["mask_data"].values()]
    without = [mask for mask in masks if not mask["label"]]
    assert 0 < len(without) < len(masks)
    assert {(mask["caption"], mask["mask_quality"]) for mask in without} == {("", 1)}


def read(folder: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "annotations" / name).read_text())
    return document


def test_budgets_end_a_run_and_the_next_goes_on(copy: Callable[[str], Path], llm: LoopbackLlm) -> None:
    whole, parts = copy("whole"), copy("parts")
    run(whole, llm)
    llm.requests.clear()
    outcome = run(parts, llm, budget=Budget(requests=5))
    assert "budget of 5 requests is spent" in outcome.stopped
    outcome = run(parts, llm, budget=Budget(tokens=8000))
    assert "8,000 tokens" in outcome.stopped
    assert run(parts, llm).is_complete
    assert max(llm.requests.values()) == 1
    assert tree(parts) == tree(whole)


def test_texts_of_others_stay_unless_they_may_be_replaced(copy: Callable[[str], Path], llm: LoopbackLlm) -> None:
    folder = copy("out")
    name = Release(folder).names("test")[2]
    (folder / "annotations" / name).write_text(json.dumps({**read(folder, name), "short_caption": "By hand."}))
    with pytest.raises(DataError, match=f"{name}: holds texts that `dci describe` did not write"):
        run(folder, llm)
    assert not llm.requests
    assert run(folder, llm, overwrite=True).is_complete
    with pytest.raises(DataError, match="described under other settings"):
        run(folder, llm, seed=1)
    (folder / "complete" / name).parent.mkdir()
    (folder / "complete" / name).write_text("{}")
    assert run(folder, llm, seed=1, overwrite=True).is_complete
    assert not (folder / "complete" / name).exists(), "summaries of the old texts"


def test_killed_and_resumed_equals_uninterrupted(copy: Callable[[str], Path], llm: LoopbackLlm, capsys: Any) -> None:
    whole, killed = copy("whole"), copy("killed")
    run(whole, llm)
    asked = set(llm.requests)
    llm.requests.clear()
    llm.trouble.delay = 0.1
    arguments = ["describe", killed, "--llm", llm.url, "--llm-model", "stand-in", "--concurrency", "2"]
    process = command_process(arguments)
    while len(llm.requests) < len(asked) // 2 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    _, err = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL, err
    llm.trouble.delay = 0.0
    status, out, _ = command(*arguments, capsys=capsys)
    assert status == 0 and "Described, 4 images" in out
    assert set(llm.requests) == asked
    assert sum(llm.requests.values()) - len(asked) <= 2, "at most the requests in flight are lost"
    assert tree(killed) == tree(whole)


def test_the_command_says_what_is_missing(masked: Path, capsys: Any) -> None:
    status, _, err = command("describe", masked, "--llm", "http://localhost:1/v1", capsys=capsys)
    assert status == 1 and "`--llm-model` must be given" in err
    status, _, err = command("describe", masked, "--llm-model", "m", capsys=capsys)
    assert status == 1 and "`--llm` must be the URL of a server" in err
    status, _, err = command(
        "describe", masked, "--llm-model", "m", "--engine", "ray", "--max-requests", "1", capsys=capsys
    )
    assert status == 1 and "are kept by one process" in err
