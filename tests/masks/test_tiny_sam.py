"""The tiny SAM: it is small, loads as any SAM does, and finds drawn things; how many, README says."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from safetensors import safe_open
from support.generation_runs import command_process

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.data.sample.compose import make_scene
from dcikit.data.sample.release import write_image
from dcikit.masks.sources import TINY_SAM

SETTINGS = ["--model", "tiny", "--no-edges", "--pred-iou-threshold", "0.5", "--stability-threshold", "0.7"]


def mean_best_iou(
    release: Path, photos: Path, out: Path, points_per_side: int, capsys: pytest.CaptureFixture[str]
) -> float:
    """What `dci masks --against` prints."""
    side = ["--points-per-side", str(points_per_side)]
    assert main(["masks", str(photos), "--out", str(out), *SETTINGS, *side, "--against", str(release)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "mean best IoU" in line]
    return float(line.strip("│ ").split("│")[-1])


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in TINY_SAM.iterdir()) < 2_000_000
    with safe_open(TINY_SAM / "model.safetensors", "pt") as weights:
        names = weights.keys()
        assert sum(weights.get_tensor(name).numel() for name in names) < 1_000_000


def test_it_finds_the_things_of_new_scenes(tmp_path: Path, capsys: Any) -> None:
    release = tmp_path / "release"
    for part in ("annotations", "complete", "photos"):
        (release / part).mkdir(parents=True)
    scenes = [make_scene(Random(f"new {number}"), number) for number in (1, 2)]
    for scene in scenes:
        write_image(release, scene, Random(scene.number))
    names = [f"{scene.number}-data.json" for scene in scenes]
    (release / "splits.json").write_text(json.dumps({"train": [], "valid": [], "test": names}))
    assert mean_best_iou(release, release / "photos", tmp_path / "out", 16, capsys) >= 0.7
    assert (tmp_path / "out" / "masks.json").read_text().count('"tiny"') == 1


def copied(sample: Path, count: int, folder: Path) -> Path:
    """The first test photos of the sample."""
    folder.mkdir()
    for name in Release(sample).names("test")[:count]:
        shutil.copy(sample / "photos" / f"sa_{name.removesuffix('-data.json')}.jpg", folder)
    return folder


@pytest.mark.slow
def test_it_finds_the_masks_of_held_out_photos(sample: Path, tmp_path: Path, capsys: Any) -> None:
    photos = copied(sample, 64, tmp_path / "photos")
    assert mean_best_iou(sample, photos, tmp_path / "out", 16, capsys) >= 0.82


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_files(sample: Path, tmp_path: Path) -> None:
    photos = copied(sample, 6, tmp_path / "photos")

    def masks(out: Path) -> subprocess.Popen[str]:
        return command_process(["masks", photos, "--out", out, *SETTINGS, "--points-per-side", "12"])

    assert masks(tmp_path / "whole").wait(200) == 0
    killed = masks(tmp_path / "killed")
    while killed.poll() is None and len(list(tmp_path.glob("killed/annotations/*.json"))) < 2:
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    assert len(list(tmp_path.glob("killed/annotations/*.json"))) < 6
    assert masks(tmp_path / "killed").wait(200) == 0
    killed_files, whole_files = (
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "killed", tmp_path / "whole")
    )
    assert killed_files == whole_files
