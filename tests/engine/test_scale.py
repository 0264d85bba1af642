"""Worker processes, several processes, and runs that were killed: the scores stay the same, bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcikit.cli.main import main

Eval = Callable[..., dict[str, Any]]
WINDOWS = 10


@pytest.fixture
def evaluate(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Eval:
    """`dci eval` of the tiny CLIP on the train split, whose first 150 images are ten windows."""

    def run(*options: str) -> dict[str, Any]:
        path = tmp_path / "results.json"
        arguments = ["eval", "--split", "train", "--limit", "150", "--output", str(path), *options]
        assert main(arguments) == 0
        return scores(path)

    return run


def scores(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text())
    assert document["dataset"]["images"] == 150
    return {"scores": document["scores"], "fingerprint": document["dataset"]["fingerprint"]}


@pytest.fixture
def home(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of embeddings of this test's own."""
    from huggingface_hub import constants

    folder = tmp_path / "home"
    (folder / "dci").mkdir(parents=True)
    (folder / "dci" / sample.name).symlink_to(sample)
    monkeypatch.setattr(constants, "HF_HOME", str(folder))
    return folder


def windows(home: Path) -> list[Path]:
    return sorted((home / "dci" / "embeddings").glob("*/*.safetensors"))


def test_workers_and_cache_change_nothing(evaluate: Eval, home: Path) -> None:
    alone = evaluate("--no-cache")
    assert not windows(home)
    assert evaluate("--no-cache", "--num-workers", "2") == alone
    assert evaluate("--num-workers", "2") == alone
    assert len(windows(home)) == WINDOWS
    assert evaluate() == alone


def test_the_cache_is_read(evaluate: Eval, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluate()
    monkeypatch.setattr("dcikit.engine.encode._embed_images", lambda *_: pytest.fail("encoded again"))
    assert evaluate() == first
    with pytest.raises(BaseException, match="encoded again"):  # another batch size is another run
        evaluate("--batch-size", "31")


def test_a_damaged_window_is_encoded_again(evaluate: Eval, home: Path) -> None:
    first = evaluate()
    windows(home)[1].write_bytes(windows(home)[1].read_bytes()[:1000])
    assert evaluate("--num-workers", "1") == first
    windows(home)[2].unlink()
    assert evaluate() == first


def test_the_cache_is_bounded(evaluate: Eval, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate()
    size = sum(path.stat().st_size for path in windows(home))
    monkeypatch.setattr("dcikit.engine.cache.MAX_BYTES", size + 1)
    evaluate("--batch-size", "31")
    evaluate("--batch-size", "30")
    runs = [run for run in (home / "dci" / "embeddings").iterdir() if any(run.iterdir())]
    assert len(runs) == 2  # the last one, and what was there when it began


LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "dcikit"]
"""Two processes on the CPU; `accelerate launch` is the same for GPUs."""


def command(path: Path, *options: str) -> list[str]:
    return ["eval", "--split", "train", "--limit", "150", "--output", str(path), *options]


@pytest.mark.slow
def test_a_killed_run_goes_on(evaluate: Eval, sample: Path, home: Path, tmp_path: Path) -> None:
    expected = evaluate("--no-cache")
    environment = {**os.environ, "HF_HOME": str(home)}
    arguments = [sys.executable, "-m", "dcikit", *command(tmp_path / "killed.json")]
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not windows(home) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in windows(home)}
    assert 1 <= len(kept) < WINDOWS
    assert not (tmp_path / "killed.json").exists()
    subprocess.run(arguments, env=environment, check=True, capture_output=True)
    assert scores(tmp_path / "killed.json") == expected
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items()), "not encoded again"
    assert len(windows(home)) == WINDOWS


@pytest.mark.slow
def test_two_processes_give_the_scores_of_one(evaluate: Eval, tmp_path: Path) -> None:
    expected = evaluate("--no-cache")
    done = subprocess.run(
        [*LAUNCH, *command(tmp_path / "two.json", "--no-cache")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("All SCM") == 1, "only one process prints"
    assert scores(tmp_path / "two.json") == expected
    assert json.loads((tmp_path / "two.json").read_text())["processes"] == 2


@pytest.mark.slow
def test_two_processes_share_the_pairs_of_a_cross_encoder(odd: Path, processor: Any, tmp_path: Path) -> None:
    from support.tiny_families import build

    build("BlipForImageTextRetrieval", processor.tokenizer).save_pretrained(tmp_path / "blip")
    processor.tokenizer.save_pretrained(tmp_path / "blip")
    images = {**processor.image_processor.to_dict(), "size": {"shortest_edge": 32}}
    images["crop_size"] = {"height": 32, "width": 32}
    (tmp_path / "blip" / "preprocessor_config.json").write_text(json.dumps(images))
    arguments = ["eval", "--dataset", str(odd), "--model", str(tmp_path / "blip"), "--no-cache", "--output"]
    assert main([*arguments, str(tmp_path / "one.json")]) == 0
    done = subprocess.run([*LAUNCH, *arguments, str(tmp_path / "two.json")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    one, two = (json.loads((tmp_path / name).read_text()) for name in ("one.json", "two.json"))
    assert (one["processes"], two["processes"]) == (1, 2)
    assert one["scores"] == two["scores"]


@pytest.mark.slow
def test_an_error_in_one_process_ends_all(odd: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(odd, tmp_path / "bad")
    (tmp_path / "bad" / "photos" / "sa_300013.jpg").unlink()
    done = subprocess.run(
        [*LAUNCH, "eval", "--dataset", str(tmp_path / "bad"), "--no-cache"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "sa_300013.jpg is missing" in done.stderr
