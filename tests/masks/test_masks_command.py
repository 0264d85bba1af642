"""`dci masks`: photos -> a release folder, whatever the photos are and however often it is interrupted."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.data.verify import verify
from dcikit.masks.against import best_ious
from dcikit.masks.bit_mask import BitMask
from dcikit.masks.photos import annotation_name

Load = Callable[..., Any]


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    """Three photos, and label images of their masks: a square in a square."""
    photos, masks = tmp_path / "mine", tmp_path / "masks"
    photos.mkdir()
    masks.mkdir()
    for number, name in enumerate(("a.jpg", "b.png", "sa_42.jpg")):
        Image.new("RGB", (400, 300), (90 * number, 100, 200)).save(photos / name)
        label_image(masks / f"{Path(name).stem}.png")
    return photos, masks


def label_image(path: Path, size: tuple[int, int] = (400, 300)) -> None:
    labels = np.zeros(size[::-1], np.uint8)
    labels[50:250, 100:300] = 1
    labels[10:40, 10:40] = 2  # too small to be kept
    Image.fromarray(labels).save(path)


def run(photos: Path, out: Path, masks: Path, *more: str) -> int:
    return main(["masks", str(photos), "--out", str(out), "--masks-from", str(masks), *more])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_that_every_reader_takes(given: tuple[Path, Path], tmp_path: Path, load: Load, capsys: Any) -> None:
    photos, masks = given
    assert run(photos, tmp_path / "out", masks) == 0
    assert "3 photos with 3 masks written (0 without any), 0 were there, 0 skipped" in capsys.readouterr().out
    release = Release(tmp_path / "out")
    assert [report.defects for report in verify(release, num_proc=1)] == [[], [], []]
    rows = load("dci", tmp_path / "out", split="test")
    assert rows["file_name"] == ["a.jpg", "b.png", "sa_42.jpg"]
    assert rows[2]["image_id"] == "42"
    (mask,) = rows[0]["masks"]
    assert {key: mask[key] for key in ("mask_id", "parent_id", "child_ids", "label", "caption", "quality", "area")} == {
        "mask_id": "1",  # the one that is too small used up 0
        "parent_id": None,
        "child_ids": [],
        "label": "",
        "caption": "",
        "quality": "ok",
        "area": 40_000,
    }
    assert mask["bbox"] == [100, 50, 300, 250]
    assert (tmp_path / "out" / "photos" / "a.jpg").read_bytes() == (photos / "a.jpg").read_bytes()


def test_odd_photos_have_a_line_each_and_the_rest_goes_on(
    given: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    photos, masks = given
    whole = io.BytesIO()
    Image.effect_noise((400, 300), 50).convert("RGB").save(whole, "JPEG")
    (photos / "cut.jpg").write_bytes(whole.getvalue()[:-2000])
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "text.png").write_text("no photo")
    Image.new("1", (20_000, 20_000)).save(photos / "huge.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    odd = {
        "turned.jpg": (Image.new("RGB", (400, 300), "red"), {"exif": exif}, "EXIF orientation 6 is not applied"),
        "grey.png": (Image.new("L", (400, 300), 9), {}, "mode L is read as RGB"),
        "cmyk.jpg": (Image.new("CMYK", (400, 300)), {}, "mode CMYK is read as RGB"),
        "alpha.png": (Image.new("RGBA", (400, 300)), {}, "mode RGBA is read as RGB"),
    }
    for name, (image, options, _) in odd.items():
        image.save(photos / name, **options)
        label_image(masks / f"{Path(name).stem}.png")
    Image.new("RGB", (30, 20)).save(photos / "other.png")
    label_image(masks / "other.png")
    (photos / "notes.txt").write_text("hello")
    (photos / "more").mkdir()

    assert run(photos, tmp_path / "out", masks) == 1
    lines = capsys.readouterr().out.splitlines()
    broken = {
        "cut.jpg": "is a truncated JPEG",
        "empty.jpg": "is not an image",
        "text.png": "is not an image",
        "huge.png": "exceeds limit",
        "other.png": "is 400x300, but the photo is 30x20",
    }
    for name, problem in {**broken, **{name: note for name, (_, _, note) in odd.items()}}.items():
        (line,) = [line for line in lines if name in line]
        assert problem in line
    assert "7 photos with 7 masks written (0 without any), 0 were there, 5 skipped" in "\n".join(lines)
    assert "2 other files and folders" in "\n".join(lines)
    release = Release(tmp_path / "out")
    assert len(release.names("test")) == 7
    assert not any(report.defects for report in verify(release, num_proc=1))

    shutil.copy(photos / "a.jpg", photos / "cut.jpg")  # put right, it is done by the same command
    label_image(masks / "cut.png")
    assert run(photos, tmp_path / "out", masks) == 1
    assert "1 photos with 1 masks written (0 without any), 7 were there, 4 skipped" in capsys.readouterr().out
    assert len(Release(tmp_path / "out").names("test")) == 8


def test_a_photo_that_was_replaced_is_done_again(given: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    photos, masks = given
    run(photos, tmp_path / "out", masks)
    Image.new("RGB", (500, 400)).save(photos / "b.png")
    label_image(masks / "b.png", (500, 400))
    capsys.readouterr()
    assert run(photos, tmp_path / "out", masks) == 0
    assert "1 photos with 1 masks written (0 without any), 2 were there" in capsys.readouterr().out
    assert not any(report.defects for report in verify(Release(tmp_path / "out"), num_proc=1))


def test_a_killed_run_goes_on_to_the_same_files(given: tuple[Path, Path], tmp_path: Path) -> None:
    photos, masks = given
    for number in range(40):
        shutil.copy(photos / "a.jpg", photos / f"more-{number}.jpg")
        label_image(masks / f"more-{number}.png")
    assert run(photos, tmp_path / "whole", masks) == 0
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dcikit", "masks", str(photos), "--out", str(out), "--masks-from", str(masks)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and len(list((out / "annotations").glob("*.json"))) < 5:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in (out / "annotations").glob("*.json"):
        json.loads(path.read_bytes())
    (out / "annotations" / ".left-data.json.1.tmp").write_text("{")  # as if killed while writing
    assert run(photos, out, masks) == 0
    assert contents(out) == contents(tmp_path / "whole")


def test_a_folder_of_something_else_is_refused(given: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    photos, masks = given
    run(photos, tmp_path / "out", masks)
    assert run(photos, tmp_path / "out", masks, "--min-area", "10") == 1
    assert "was made with other settings" in capsys.readouterr().err
    (tmp_path / "theirs" / "annotations").mkdir(parents=True)
    (tmp_path / "theirs" / "annotations" / "1-data.json").write_text("{}")
    assert run(photos, tmp_path / "theirs", masks) == 1
    assert "annotations that are not ours" in capsys.readouterr().err
    assert run(tmp_path / "nowhere", tmp_path / "new", masks) == 1
    assert "`photos` must be a folder" in capsys.readouterr().err


def test_names_become_numbers_whatever_lies_beside_them() -> None:
    assert annotation_name("sa_113029.jpg") == "113029-data.json"
    others = [annotation_name(name) for name in ("IMG_7.jpg", "IMG_7.png", "sa_7.png", "ä.jpg")]
    assert len({*others}) == 4 and all(name.removesuffix("-data.json").isdigit() for name in others)


def test_the_best_iou_of_each_mask() -> None:
    def box(x0: int, x1: int) -> BitMask:
        mask = np.zeros((10, 100), bool)
        mask[:, x0:x1] = True
        return BitMask.pack(mask)

    assert best_ious([box(0, 40), box(60, 100)], [box(0, 30), box(10, 40), box(0, 50)]) == [0.8, 0.0]
    assert best_ious([box(0, 40)], []) == [0.0]


def test_recall_against_a_release(given: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    """The release has one mask more than is proposed, and one that is proposed three quarters."""
    photos, masks = given
    run(photos, tmp_path / "true", masks)
    labels = np.zeros((300, 400), np.uint8)
    labels[50:250, 100:250] = 1
    Image.fromarray(labels).save(masks / "b.png")
    (photos / "a.jpg").unlink()
    capsys.readouterr()
    assert run(photos, tmp_path / "out", masks, "--against", str(tmp_path / "true")) == 0
    words = [line.strip("│ ").split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    told = {line[0].strip(): line[-1].strip() for line in words}
    assert told == {
        "masks of at least 5,000 px": "2",
        "photos": "2 (1 others not compared)",
        "recall at IoU 0.5": "1.000",
        "recall at IoU 0.75": "1.000",
        "recall at IoU 0.9": "0.500",
        "mean best IoU": "0.875",
    }
