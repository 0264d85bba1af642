"""Commands that are stopped, all processes at once, and workers that are killed: one line, no hang, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds workers in /proc")

Running = subprocess.Popen[str]


def start(*arguments: object, **environment: str) -> Running:
    """A command in a process group of its own, as a terminal has it."""
    command = [sys.executable, "-m", "dcikit", *map(str, arguments)]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, start_new_session=True, env={**os.environ, **environment}, **pipes)


SPAWNED, FORKED = b"spawn_main", b"dcikit"
"""What the command lines of workers have in common."""


def workers(running: Running, kind: bytes = SPAWNED) -> list[int]:
    path = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    found = map(int, path.read_text().split()) if path.exists() else ()
    return [pid for pid in found if kind in Path(f"/proc/{pid}/cmdline").read_bytes()]


def wait(running: Running, ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while running.poll() is None and not ready() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running.poll() is None


def told(running: Running) -> list[str]:
    lines = running.communicate(timeout=120)[1].splitlines()
    return [line for line in lines if not line.startswith("Tokens are those")]


def alive(pids: list[int]) -> list[int]:
    """Those that run still; a dead one whom nobody has asked for is a zombie."""
    states = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return [
        pid for pid, path in states.items() if path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z"
    ]


def test_verify_is_interrupted_while_its_workers_start(odd: Path) -> None:
    running = start("verify", odd, "--num-proc", 2)
    wait(running, lambda: workers(running))
    started = workers(running)
    os.killpg(running.pid, signal.SIGINT)
    assert told(running) == ["error: interrupted"]
    assert running.returncode == 130
    assert not alive(started)


def test_verify_whose_worker_is_killed(odd: Path) -> None:
    running = start("verify", odd, "--num-proc", 2)
    wait(running, lambda: workers(running))
    os.kill(workers(running)[0], signal.SIGKILL)
    assert told(running) == ["error: a worker process was killed (out of memory?); run it again, with fewer of them"]
    assert running.returncode == 1


def test_export_is_terminated_and_goes_on(odd: Path, tmp_path: Path) -> None:
    arguments = ("export", odd, "--num-proc", 2, "--out", tmp_path / "export")
    running = start(*arguments)
    wait(running, lambda: workers(running))
    started = workers(running)
    os.killpg(running.pid, signal.SIGTERM)
    assert told(running) == ["error: interrupted; the same command goes on"]
    assert running.returncode == 143
    assert not alive(started) and not (tmp_path / "export").exists()
    again = start(*arguments)
    assert not told(again) and again.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", ["generate", "masks"])
def test_writers_of_releases(odd: Path, tmp_path: Path, sent: signal.Signals, step: str) -> None:
    out = tmp_path / "release"
    commands = {
        "generate": (("generate", odd, "--engine", "rules", "--output-dir", out), "complete/*.json"),
        "masks": (
            (
                "masks",
                odd / "photos",
                "--model",
                tiny_sam(tmp_path),
                "--points-per-side",
                12,
                "--no-edges",
                "--output-dir",
                out,
            ),
            "annotations/*.json",
        ),
    }
    arguments, written = commands[step]
    running = start(*arguments)
    wait(running, lambda: list(out.glob(written)))
    os.killpg(running.pid, sent)
    assert told(running) == ["error: interrupted; the same command goes on"]
    assert running.returncode == 128 + sent
    assert not list(out.rglob("*.tmp"))


def tiny_sam(folder: Path) -> Path:
    from support.tiny_sams import make_sam

    make_sam("sam").model.save_pretrained(folder / "sam")
    (folder / "sam" / "preprocessor_config.json").write_text("{}")
    return folder / "sam"


EVAL = ("eval", "--split", "train", "--limit", 150, "--num-workers", 2)


@pytest.fixture
def home(tmp_path: Path, sample: Path) -> Path:
    """HF_HOME with the sample, and no embeddings."""
    (tmp_path / "dci").mkdir()
    (tmp_path / "dci" / sample.name).symlink_to(sample)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_eval_and_its_workers(home: Path, sent: signal.Signals) -> None:
    running = start(*EVAL, HF_HOME=str(home))
    wait(running, lambda: list(home.glob("dci/embeddings/*/*.safetensors")))
    started = workers(running, FORKED)
    os.killpg(running.pid, sent)
    assert told(running) == ["error: interrupted; embeddings are kept, the same command goes on"]
    assert running.returncode == 128 + sent
    assert len(started) == 2 and not alive(started)


@pytest.mark.slow
def test_eval_whose_worker_is_killed(home: Path) -> None:
    running = start(*EVAL, HF_HOME=str(home))
    wait(running, lambda: list(home.glob("dci/embeddings/*/*.safetensors")))
    os.kill(workers(running, FORKED)[0], signal.SIGKILL)
    assert told(running) == ["error: a worker process was killed (out of memory?); run it again, with fewer of them"]
    assert running.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_train_and_its_workers(home: Path, tmp_path: Path, sent: signal.Signals) -> None:
    settings = ("--limit", 20, "--set", "batch_size=4", "--set", "num_train_epochs=50", "--num-workers", 1)
    running = start("train", "--output-dir", tmp_path / "out", *settings, HF_HOME=str(home))
    checkpoints = tmp_path / "out" / "checkpoints"
    wait(running, lambda: list(checkpoints.glob("checkpoint-*/trainer_state.json")))
    started = workers(running, FORKED)
    os.killpg(running.pid, sent)
    assert told(running)[-1] == "error: interrupted; the same command goes on from the last step"
    assert running.returncode == 128 + sent
    assert not alive(started)


KEEPS_AN_ERROR = """
import sys
from dcikit import evaluate
try:
    evaluate(dataset=sys.argv[1], split="test", num_workers=1, cache=False)
except ValueError as error:
    kept = error
    print(error, file=sys.stderr)
"""


@pytest.mark.slow
def test_a_program_that_keeps_an_error_ends(one_image: Path) -> None:
    """The error's traceback holds the loader; Python at its end terminates the workers and waits for them."""
    (photo,) = (one_image / "photos").iterdir()
    photo.write_bytes(photo.read_bytes()[:200])
    command = [sys.executable, "-c", KEEPS_AN_ERROR, str(one_image)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert photo.name in done.stderr
