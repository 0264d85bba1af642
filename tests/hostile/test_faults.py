"""Disks that are full, places that cannot be written, and readers that leave: one line, and nothing half-written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.hub_command import Done, dci
from support.small_disk import SmallDisk

KB = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.remove()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Photos, and masks of another tool."""
    photos, masks = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("masks")
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    labels = np.zeros((200, 300), np.uint8)
    labels[50:150, 50:250] = 1
    for number in range(4):
        Image.fromarray(noise).save(photos / f"{number}.png")
        Image.fromarray(labels).save(masks / f"{number}.png")
    return photos, masks


def one_line(done: Done, *words: str) -> None:
    """The command ended with one error, which is one line and says this."""
    assert done.returncode == 1, done
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("Tokens are those")]
    assert line.startswith("error: ")
    assert all(word in line for word in words), line


def left_over(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tmp"))


OUTPUTS: dict[str, list[str]] = {
    "eval --output": ["eval", "--model", "nowhere/none", "--output", "{}/results.json"],
    "eval --log-samples": ["eval", "--model", "nowhere/none", "--log-samples", "{}/samples.parquet"],
    "train": ["train", "--model", "nowhere/none", "--output-dir", "{}/trained"],
    "learning-curve": ["learning-curve", "2", "--model", "nowhere/none", "--output-dir", "{}/trained"],
    "masks": ["masks", "{photos}", "--model", "nowhere/none", "--output-dir", "{}/release"],
    "generate": ["generate", "{odd}", "--engine", "rules", "--output-dir", "{}/release"],
    "caption-quality": ["caption-quality", "{odd}", "--output", "{}/findings.json"],
}


@pytest.mark.parametrize("case", OUTPUTS)
@pytest.mark.parametrize("place", ["full", "proc", "file"])
def test_outputs_are_looked_at_before_anything_is_loaded(
    disk: SmallDisk, odd: Path, photos: tuple[Path, Path], case: str, place: str
) -> None:
    """Below a file, in /proc where not even root writes, and on a full disk; the model would be the next error."""
    (disk.folder / "file").touch()
    folder = {"full": disk.folder, "proc": Path("/proc"), "file": disk.folder / "file"}[place]
    arguments = [each.format(folder, odd=odd, photos=photos[0]) for each in OUTPUTS[case]]
    with disk.full(4 * KB):
        done = dci(*arguments)
    option = "--log-samples" if "samples" in case else "--output"
    one_line(done, f"`{option}", str(folder))
    assert not left_over(disk.folder)


def test_generate_goes_on_when_there_is_room(disk: SmallDisk, odd: Path, tmp_path: Path) -> None:
    arguments = ["generate", odd, "--engine", "rules", "--steps", "summaries", "--output-dir"]
    with disk.full(100 * KB):
        one_line(dci(*arguments, disk.folder / "release"), "make room, then run it again")
    for folder in (disk.folder / "release", tmp_path / "whole"):
        assert dci(*arguments, folder).returncode == 0
    assert contents(disk.folder / "release" / "complete") == contents(tmp_path / "whole" / "complete")


def test_masks_go_on_when_there_is_room(disk: SmallDisk, photos: tuple[Path, Path], tmp_path: Path) -> None:
    arguments = ["masks", photos[0], "--masks-from", photos[1], "--output-dir"]
    with disk.full(150 * KB):
        one_line(dci(*arguments, disk.folder / "release"))
    for folder in (disk.folder / "release", tmp_path / "whole"):
        assert dci(*arguments, folder).returncode == 0
    assert contents(disk.folder / "release") == contents(tmp_path / "whole")


def test_export_goes_on_when_there_is_room(disk: SmallDisk, odd: Path, tmp_path: Path) -> None:
    arguments = ["export", odd, "--photos", "--num-proc", 1, "--out"]
    with disk.full(150 * KB):
        one_line(dci(*arguments, disk.folder / "export"))
    assert not (disk.folder / "export").exists()
    for folder in (disk.folder / "export", tmp_path / "whole"):
        assert dci(*arguments, folder).returncode == 0
    assert contents(disk.folder / "export") == contents(tmp_path / "whole")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(disk: SmallDisk, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HF_HOME on the disk, with the sample."""
    from huggingface_hub import constants

    (disk.folder / "dci").mkdir()
    (disk.folder / "dci" / sample.name).symlink_to(sample)
    monkeypatch.setattr(constants, "HF_HOME", str(disk.folder))
    return disk.folder / "dci"


def test_a_cache_without_room(disk: SmallDisk, home: Path) -> None:
    with disk.full(8 * KB):
        one_line(dci("eval", "--limit", 2), "embeddings cannot be kept", "make room")
        assert dci("eval", "--limit", 2, "--no-cache").returncode == 0
    assert not left_over(home)
    assert dci("eval", "--limit", 2).returncode == 0


def test_a_sample_without_room(disk: SmallDisk, home: Path, sample: Path) -> None:
    (home / sample.name).unlink()
    with disk.full(8 * KB):
        one_line(dci("eval", "--limit", 2), "make room")
    assert not (home / sample.name).exists()


def test_the_table_is_there_though_the_results_cannot_be_written() -> None:
    """/dev/full takes no byte, and nobody knows before the first."""
    done = dci("eval", "--limit", 2, "--no-cache", "--output", "/dev/full")
    one_line(done, "/dev/full: No space left on device")
    assert "All" in done.stdout


def test_a_reader_that_leaves(tmp_path: Path, sample: Path) -> None:
    """`dci eval | head -0`: the results are written before the table."""
    command = [sys.executable, "-m", "dcikit", "eval", "--limit", "2", "--output", str(tmp_path / "results.json")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    assert process.wait(60) == 1
    assert told == ""
    assert json.loads((tmp_path / "results.json").read_text())["dataset"]["images"] == 2


def test_devices_stay_devices(capfd: Any, tmp_path: Path) -> None:
    done = dci("eval", "--limit", 2, "--no-cache", "--output", "/dev/null", "--log-samples", "/dev/null")
    assert done.returncode == 0
    assert Path("/dev/null").is_char_device()
    shutil.copyfile("/dev/null", tmp_path / "empty")
    assert not (tmp_path / "empty").read_bytes()
