"""`dci build`: photos -> a release that is scored, through a server that looks at the pixels; stopped and resumed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.generation_runs import command, command_process
from support.llm_server import LoopbackLlm, llm_server
from support.squares import draw_squares
from support.vision import look

from dcikit import evaluate
from dcikit.api.build_settings import BuildRecord, BuildSettings
from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.encoders.models import TINY_CLIP
from dcikit.results.chance import chance
from dcikit.schema.errors import ArgumentError

PHOTOS = 5


@pytest.fixture(scope="module", autouse=True)
def online() -> Iterator[None]:
    """The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        yield


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Photos, one of which is there twice and one of which is broken, and masks."""
    photos, masks = draw_squares(tmp_path_factory.mktemp("squares"), PHOTOS)
    shutil.copy(photos / "2.png", photos / "twin.png")
    shutil.copytree(masks / "2", masks / "twin")
    (photos / "torn.png").write_bytes((photos / "0.png").read_bytes()[:300])
    return photos, masks


@pytest.fixture(scope="module")
def llm() -> Iterator[LoopbackLlm]:
    with llm_server(answer=look) as server:
        yield server


@pytest.fixture(scope="module")
def arguments(drawn: tuple[Path, Path], llm: LoopbackLlm) -> Callable[..., list[str | Path]]:
    photos, masks = drawn
    told = ["--llm", llm.url, "--llm-model", "stand-in", "--masks-from", masks]
    told += ["--set", f"clip_model={TINY_CLIP}", "--set", "test=0.5", "--set", "similar_bits=0"]
    return lambda folder, *more: ["build", photos, "--out", folder, *told, *more]


@pytest.fixture(scope="module")
def whole(arguments: Callable[..., list[str | Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build in one go; not to be changed."""
    folder = tmp_path_factory.mktemp("build") / "whole"
    assert main([str(argument) for argument in arguments(folder)]) == 0
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """All that a build writes and that does not depend on when it ran."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("runs.jsonl", ".lock", "lock"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_photos_become_a_benchmark(
    arguments: Callable[..., list[str | Path]], tmp_path: Path, load: Callable[..., Any], llm: LoopbackLlm, capsys: Any
) -> None:
    status, out, err = command(*arguments(tmp_path / "mine"), capsys=capsys)
    assert status == 0, err
    steps = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert steps[:7] == ["masks", "splits", "describe", "generate", "score-negatives", "caption-quality", "verify"]
    assert "7 photos, 0 done before, 1 skipped; 18 new masks" in out
    assert "skipped:" in out and "torn.png" in out
    assert "2 photos are near-duplicates and stay together" in out
    assert "; 0 defects" in out
    assert f"dci eval --dataset {tmp_path / 'mine'}" in out
    names = {split: load("sdci", tmp_path / "mine", split=split)["file_name"] for split in ("train", "test")}
    assert any({"2.png", "twin.png"} <= set(found) for found in names.values())
    row = load("sdci", tmp_path / "mine")[0]
    assert [region["key"] for region in row["regions"]] == ["base", "m-0-sc", "m-2-sc"]  # the inner square is small
    assert all(region["captions"] and region["clip_scores"] for region in row["regions"])
    before, asked = tree(tmp_path / "mine"), sum(llm.requests.values())
    status, out, _ = command(*arguments(tmp_path / "mine"), capsys=capsys)
    assert status == 0 and "7 photos, 6 done before" in out
    assert (tree(tmp_path / "mine"), sum(llm.requests.values())) == (before, asked)


def test_the_record_builds_the_same_data(whole: Path, tmp_path: Path, capsys: Any) -> None:
    settings = yaml.safe_load((whole / "build.yaml").read_text())
    assert settings.keys() == vars(BuildSettings(photos="x", llm_model="y")).keys()
    assert (settings["test"], settings["llm_model"], settings["clip_model"]) == (0.5, "stand-in", str(TINY_CLIP))
    status, _, err = command("build", "--config", whole / "build.yaml", "--out", tmp_path / "again", capsys=capsys)
    assert status == 0, err
    assert tree(tmp_path / "again") == tree(whole)


def test_a_budget_ends_it_and_the_same_command_goes_on(
    arguments: Callable[..., list[str | Path]], whole: Path, tmp_path: Path, capsys: Any
) -> None:
    parts = tmp_path / "parts"
    status, out, _ = command(*arguments(parts, "--max-requests", "10"), capsys=capsys)
    assert status == 1
    assert "stopped: the budget of 10 requests is spent" in out and "the same command goes on there" in out
    assert "generate" not in out and not (parts / "complete").exists()
    assert command(*arguments(parts), capsys=capsys)[0] == 0
    assert tree(parts) == tree(whole)


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    settings = BuildSettings(photos="here", llm_model="m", llm="http://me:secret@host/v1?key=1")
    record = BuildRecord(tmp_path, settings)
    assert "secret" not in record.path.read_text() and "key=1" not in record.path.read_text()
    record.pin("masks_revision", "abc")
    again = BuildRecord(tmp_path, BuildSettings(photos="moved", llm_model="m"))
    assert again.settings.masks_revision == "abc", "a model that was replaced on the Hub is not taken"
    with pytest.raises(ArgumentError, match="`seed` must be 0 to go on"):
        BuildRecord(tmp_path, BuildSettings(photos="here", llm_model="m", seed=1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"photos": ""}, "`photos` must be given"),
        ({"llm_model": ""}, "`llm_model` must be given"),
        ({"test": 0.7, "validation": 0.4}, "must be shares of at most 1 in all"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        BuildSettings(**{"photos": "here", "llm_model": "m", **settings})


@pytest.mark.slow
def test_what_is_seen_in_drawn_photos_makes_a_benchmark(
    sample: Path, tmp_path: Path, llm: LoopbackLlm, random_clip: Any, processor: Any, capsys: Any
) -> None:
    """The tiny SAM finds masks, the server describes them, and the tiny CLIP is above chance in every suite.

    Another CLIP chose the hard negatives.
    """
    (tmp_path / "photos").mkdir()
    for name in Release(sample).names("test")[:24]:
        shutil.copy(sample / "photos" / f"sa_{name.removesuffix('-data.json')}.jpg", tmp_path / "photos")
    random_clip.save_pretrained(tmp_path / "clip")
    processor.save_pretrained(tmp_path / "clip")
    arguments = ["build", tmp_path / "photos", "--out", tmp_path / "mine"]
    for setting in ("masks_model=tiny", "points_per_side=16", "edges=false"):
        arguments += ["--set", setting]
    arguments += ["--llm", llm.url, "--llm-model", "stand-in", "--set", f"clip_model={tmp_path / 'clip'}"]
    status, _, err = command(*arguments, "--set", "test=1", "--set", "validation=0", capsys=capsys)
    assert status == 0, err
    results = evaluate(dataset=str(tmp_path / "mine"))
    for suite in ("all_scm", "all_neg", "pick5_scm", "pick5_neg", "base_neg", "hard_neg"):
        value, by_chance = results.scores[suite].value, chance(results, suite)
        assert value is not None and by_chance is not None
        assert value > by_chance, suite


@pytest.mark.slow
def test_killed_in_every_step_and_resumed(
    arguments: Callable[..., list[str | Path]], whole: Path, tmp_path: Path, llm: LoopbackLlm, capsys: Any
) -> None:
    killed = tmp_path / "killed"
    asked, described = len(llm.requests), 4 * 6
    llm.requests.clear()
    llm.trouble.delay = 0.05
    for reached in (
        lambda: any(killed.glob("annotations/*")),
        lambda: len(llm.requests) > described // 2,
        lambda: len(llm.requests) > (described + asked) // 2,
        lambda: (killed / "generation" / "scores.json").is_file(),
        lambda: (killed / "quality.json").is_file(),
    ):
        process = command_process(arguments(killed, "--concurrency", "2"))
        while not reached() and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate(timeout=20)
    llm.trouble.delay = 0.0
    assert command(*arguments(killed), capsys=capsys)[0] == 0
    assert tree(killed) == tree(whole)


@pytest.mark.slow
def test_on_a_cluster_it_builds_the_same_data(
    arguments: Callable[..., list[str | Path]], whole: Path, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    process = command_process(arguments(tmp_path / "spread", "--engine", "ray"))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "7 photos, 0 done before, 1 skipped; 18 new masks" in out
    assert tree(tmp_path / "spread") == tree(whole)
