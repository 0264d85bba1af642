"""`dci train` as it is called: other captions, zero-shot photos, learning curves, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from dcikit.cli.main import main

FAST = ["--set", "num_train_epochs=1", "--set", "batch_size=16"]


def test_a_learning_curve(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "curve"
    command = ["learning-curve", "1", "3", "--dataset", str(odd), *FAST, "--output-dir", str(out)]
    assert main(command) == 0
    points = json.loads((out / "learning-curve.json").read_text())
    assert [point["images"] for point in points] == [0, 1, 3]
    assert points[1]["regions"] < points[2]["regions"]
    for point, name in zip(points[1:], ("1", "3"), strict=True):
        after = json.loads((out / name / "after.json").read_text())
        assert point["scores"] == after["scores"]
    with Image.open(out / "learning-curve.png") as plot:
        assert plot.size == (900, 600) and len(plot.convert("RGB").getcolors(2**20)) > 3
    trained = (out / "3" / "README.md").stat().st_mtime_ns
    assert main([*command, "2"]) == 0, "only the new subset is trained on"
    assert (out / "3" / "README.md").stat().st_mtime_ns == trained
    assert [point["images"] for point in json.loads((out / "learning-curve.json").read_text())] == [0, 1, 2, 3]
    assert "1,000" not in capsys.readouterr().out
    assert main([*command, "1000"]) == 1
    assert "must be from 1 to" in capsys.readouterr().err


@pytest.mark.parametrize("recipe", ["p1", "dreamlip"])
def test_an_export_trains_like_its_release(odd: Path, tmp_path: Path, recipe: str) -> None:
    """The same weights, with the photos joined from their folder."""
    assert main(["export", str(odd), "--out", str(tmp_path / "dci"), "--num-proc", "1"]) == 0
    found = []
    for name, data in (
        ("direct", ["--dataset", str(odd)]),
        ("export", ["--dataset", str(tmp_path / "dci"), "--photos", str(odd)]),
    ):
        assert main(["train", *data, *FAST, "--recipe", recipe, "--output-dir", str(tmp_path / name)]) == 0
        result = json.loads((tmp_path / name / "result.json").read_text())
        found.append((result, (tmp_path / name / "adapter_model.safetensors").read_bytes()))
    assert found[0] == found[1]
    assert main(["train", "--dataset", str(tmp_path / "dci"), *FAST, "--output-dir", str(tmp_path / "none")]) == 1


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Plain pictures, by colour."""
    for colour in ("green", "white"):
        folder = tmp_path / "pictures" / colour
        folder.mkdir(parents=True)
        for shade in range(3):
            Image.new("RGB", (100 + shade, 90), colour).save(folder / f"{shade}.png")
    return tmp_path / "pictures"


def test_other_captions_and_zero_shot(
    odd: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"{colour}/{shade}.png" for colour in ("green", "white") for shade in range(3)]
    document = {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(names)],
        "annotations": [
            {"image_id": number, "caption": f"a {name.split('/')[0]} wall"} for number, name in enumerate(names)
        ],
    }
    coco = tmp_path / "captions.json"
    coco.write_text(json.dumps(document))
    out = tmp_path / "out"
    options = ["--coco", str(coco), "--images", str(pictures), "--zero-shot", str(pictures)]
    options += ["--zero-shot-template", "a {} wall"]
    command = ["train", "--dataset", str(odd), *FAST, "--output-dir", str(out), *options]
    assert main(command) == 1
    assert "no region has a negative of swaps; train without: negatives_weight=0" in capsys.readouterr().err
    assert main([*command, "--recipe", "p1-nl0"]) == 0
    printed = capsys.readouterr().out
    assert "Zero-shot, 2 classes" in printed and "6 regions of 6 images" in printed
    before = json.loads((out / "before.json").read_text())["zero_shot"]
    assert (before["classes"], before["accuracy"]["regions"]) == (2, 6)
    assert "| Zero-shot accuracy |" in (out / "README.md").read_text()


def test_other_captions_have_negatives_made_of_them(
    odd: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default recipe trains on them, from several files; what has no file or no negative is counted."""
    captions = ["a white wall and a green door", "a green wall", "a wall behind a tree", "a photo that is gone"]
    files = ["green/0.png", "green/1.png", "white/0.png", "gone.png"]
    for shard in (0, 1):
        numbers = range(shard, 4, 2)
        document = {
            "images": [{"id": number, "file_name": files[number]} for number in numbers],
            "annotations": [{"image_id": number, "caption": captions[number]} for number in numbers],
        }
        (tmp_path / f"{shard}.json").write_text(json.dumps(document))
    shards = ["--coco", str(tmp_path / "0.json"), "--coco", str(tmp_path / "1.json"), "--images", str(pictures)]
    assert main(["train", "--dataset", str(odd), *FAST, "--output-dir", str(tmp_path / "out"), *shards]) == 0
    printed = capsys.readouterr()
    assert "3 regions of 3 images" in printed.out
    assert "1 regions without a negative of swaps" in " ".join(printed.out.split())
    assert f"Skipped: 1 images without a file in {pictures}" in " ".join(printed.err.split())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--class-names", "x"], "`--class-names` is for `--zero-shot`"),
        (
            ["--zero-shot", "x", "--zero-shot-template", "a photo"],
            "`--zero-shot-template` must have {} where the class",
        ),
        (["--images", "x"], "`--images` goes with one of `--coco` and `--localized-narratives`"),
        (["--coco", "x"], "`--images` goes with one of"),
        (["--coco", "x", "--images", "y", "--recipe", "dreamlip"], "needs DCI's own long captions"),
        (["--coco", "none.json", "--images", "."], "none.json: cannot be read"),
        (["--dataset", "nowhere"], "nowhere"),
        (["--model", "nowhere"], "`--model` 'nowhere' is no folder of a model"),
    ],
)
def test_refused_calls(options: list[str], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--output-dir", str(tmp_path / "out"), *options]) == 1
    assert error in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_broken_photo_ends_it_with_its_name(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    """One line, also from a worker process; a photo that is missing is named before anything begins."""
    folder = tmp_path / "release"
    shutil.copytree(odd, folder)
    name = json.loads((folder / "splits.json").read_text())["train"][0]
    photo = folder / "photos" / json.loads((folder / "complete" / name).read_text())["image"]
    photo.write_bytes(photo.read_bytes()[:-200])
    command = ["train", "--dataset", str(folder), "--num-workers", workers, "--output-dir"]
    assert main([*command, str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert photo.name in told and "cannot be decoded" in told and "Traceback" not in told
    photo.unlink()
    assert main([*command, str(tmp_path / "other")]) == 1
    assert photo.name in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_what_is_left_out_is_said(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "release"
    shutil.copytree(odd, folder)
    name = json.loads((folder / "splits.json").read_text())["train"][0]
    document = json.loads((folder / "complete" / name).read_text())
    document["negatives"]["base"]["swaps"] = []
    (folder / "complete" / name).write_text(json.dumps(document))
    assert main(["train", "--dataset", str(folder), *FAST, "--output-dir", str(tmp_path / "out")]) == 0
    said = "1 regions without a negative of swaps are not in the loss on negatives"
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in (tmp_path / "out" / "README.md").read_text()


def test_data_of_ones_own_without_clip_scores_is_scored_by_region(odd: Path, tmp_path: Path) -> None:
    """The published rule drops every image that lacks them."""
    folder = tmp_path / "own"
    shutil.copytree(odd, folder)
    for path in (folder / "complete").iterdir():
        document = json.loads(path.read_text())
        document.pop("clip_scores", None)
        path.write_text(json.dumps(document))
    assert main(["train", "--dataset", str(folder), *FAST, "--output-dir", str(tmp_path / "out")]) == 0
    after = json.loads((tmp_path / "out" / "after.json").read_text())
    assert after["protocol"]["name"] == "sdci-entries" and after["scores"]["all_scm"]["value"] is not None
