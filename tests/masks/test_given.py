"""Masks that other tools made: what is read, and one error for each defect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcikit.masks.given import open_masks
from dcikit.masks.rle import decode_rle

SIZE = (6, 4)
PHOTO = Path("elsewhere/photo.jpg")
IMAGE = Image.new("RGB", SIZE)
# Down the columns: 5 px of 0, 6 of 1, the rest 0.
MASK = np.array([[0, 0, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]], bool)
COUNTS = [5, 6, 13]


def compressed(counts: list[int]) -> str:
    """COCO's text of counts, by its definition: from the third on, the difference to the one before the last."""
    text = ""
    for index, count in enumerate(counts):
        value = count - counts[index - 2] if index > 2 else count
        while True:
            bits, value = value & 31, value >> 5
            more = not ((value == 0 and not bits & 16) or (value == -1 and bits & 16))
            text += chr(48 + (bits | 32 * more))
            if not more:
                break
    return text


def coco(tmp_path: Path, segmentation: Any, **more: Any) -> Path:
    path = tmp_path / "coco.json"
    image = {"id": 7, "file_name": "photo.jpg", **more.pop("image", {})}
    path.write_text(
        json.dumps({"images": [image], "annotations": [{"image_id": 7, "segmentation": segmentation, **more}]})
    )
    return path


def test_runs_go_down_the_columns() -> None:
    assert np.array_equal(decode_rle({"size": [4, 6], "counts": COUNTS}, SIZE), MASK)
    assert np.array_equal(decode_rle({"size": [4, 6], "counts": [0, 24]}, SIZE), np.ones((4, 6), bool))


@pytest.mark.parametrize("seed", range(10))
def test_compressed_runs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5000, 30).tolist()
    height, width = 3, -(-sum(counts) // 3)
    counts.append(height * width - sum(counts))
    plain, text = ({"size": [height, width], "counts": each} for each in (counts, compressed(counts)))
    assert np.array_equal(decode_rle(text, (width, height)), decode_rle(plain, (width, height)))


def test_coco_with_scores(tmp_path: Path) -> None:
    rle = {"size": [4, 6], "counts": compressed(COUNTS)}
    for more, score in (({}, 1.0), ({"score": 0.3}, 0.3), ({"predicted_iou": 0.5, "stability_score": 0.6}, 0.18)):
        masks, scores = open_masks(coco(tmp_path, rle, **more)).masks(PHOTO, IMAGE)
        assert scores == pytest.approx([score])
        assert np.array_equal(np.asarray(masks[0]), MASK)


@pytest.mark.parametrize(
    ("segmentation", "problem"),
    [
        ([[0, 0, 5, 5, 0, 5]], "must be an object"),
        ({"size": [40000, 40000], "counts": [0, 1600000000]}, r"has the size \[40000, 40000\], but the photo has"),
        ({"size": [4, 6], "counts": [0, 10**15]}, "has counts of 1000000000000000 pixels, but the photo has 24"),
        ({"size": [4, 6], "counts": [5, -6, 25]}, "neither text nor a list of integers from 0"),
        ({"size": [4, 6], "counts": compressed([0, 10**9])}, "run lengths that are not those of 6x4 pixels"),
        ({"size": [4, 6], "counts": "o" * 1000}, "has the character 'o'"),
        ({"size": [4, 6], "counts": "\x00"}, "has the character"),
        ({"size": [4, 6], "counts": "5o"}, "ends after 5 of 24 pixels"),
        ({"size": [4, 6], "counts": {"a": 1}}, "neither text nor a list"),
    ],
)
def test_defects_of_runs(tmp_path: Path, segmentation: Any, problem: str) -> None:
    given = open_masks(coco(tmp_path, segmentation))
    with pytest.raises(ValueError, match=rf"coco\.json: `annotations\.0\.segmentation`: .*{problem}"):
        given.masks(PHOTO, IMAGE)


@pytest.mark.parametrize("name", ["../photo.jpg", "/etc/photo.jpg", "train\\photo.jpg", "..", ""])
def test_a_name_with_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"`images\.0\.file_name`: .* is not a plain file name"):
        open_masks(coco(tmp_path, {}, image={"file_name": name}))


def test_defects_of_a_coco_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no image other\.jpg"):
        open_masks(coco(tmp_path, {})).masks(Path("other.jpg"), IMAGE)
    (tmp_path / "coco.json").write_text("{")
    with pytest.raises(ValueError, match="is not valid JSON"):
        open_masks(tmp_path / "coco.json")
    with pytest.raises(ValueError, match="the file is missing"):
        open_masks(tmp_path / "nothing.json")


@pytest.mark.parametrize("mode", ["L", "P", "I;16"])
def test_a_label_image(tmp_path: Path, mode: str) -> None:
    labels = np.zeros((4, 6), np.uint8 if mode in ("L", "P") else np.uint16)
    labels[MASK] = 200 if mode in ("L", "P") else 60000
    labels[3, 4:] = 3
    image = Image.fromarray(labels)
    if mode == "P":
        image = Image.frombytes("P", SIZE, labels.tobytes())
        image.putpalette(list(range(256)) * 3)
    image.save(tmp_path / "photo.png")
    masks, scores = open_masks(tmp_path).masks(PHOTO, IMAGE)
    first, second = (np.asarray(mask) for mask in masks)
    assert np.array_equal(first, labels == 3) and np.array_equal(second, MASK)
    assert scores == [1.0, 1.0]


def test_a_folder_of_masks_and_a_file_as_in_sa1b(tmp_path: Path) -> None:
    (tmp_path / "photo").mkdir()
    Image.fromarray(MASK).save(tmp_path / "photo" / "a.png")
    Image.fromarray((~MASK).astype(np.uint8) * 255).save(tmp_path / "photo" / "b.png")
    masks, _ = open_masks(tmp_path).masks(PHOTO, IMAGE)
    assert [np.array_equal(np.asarray(mask), true) for mask, true in zip(masks, (MASK, ~MASK), strict=True)] == [
        True
    ] * 2
    other = Path("other.jpg")
    document = {"image": {}, "annotations": [{"segmentation": {"size": [4, 6], "counts": COUNTS}}]}
    (tmp_path / "other.json").write_text(json.dumps(document))
    masks, _ = open_masks(tmp_path).masks(other, IMAGE)
    assert np.array_equal(np.asarray(masks[0]), MASK)


def test_defects_of_a_folder(tmp_path: Path) -> None:
    given = open_masks(tmp_path)
    with pytest.raises(ValueError, match=r"has nothing for photo\.jpg; give one of \.json, \.png and a folder"):
        given.masks(PHOTO, IMAGE)
    target = tmp_path / "photo.png"
    Image.new("L", (30000, 1)).save(target)
    with pytest.raises(ValueError, match="is 30000x1, but the photo is 6x4"):
        given.masks(PHOTO, IMAGE)
    Image.new("RGB", SIZE).save(target)
    with pytest.raises(ValueError, match="has the mode RGB"):
        given.masks(PHOTO, IMAGE)
    target.write_bytes(target.read_bytes()[:40])
    with pytest.raises(ValueError, match="is not an image that can be read"):
        given.masks(PHOTO, IMAGE)
    (tmp_path / "photo").mkdir()
    with pytest.raises(ValueError, match=r"has photo\.png, photo for photo\.jpg"):
        given.masks(PHOTO, IMAGE)
    target.unlink()
    Image.fromarray(MASK).save(tmp_path / "secret.png")
    (tmp_path / "photo" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ValueError, match=r"a\.png: is a link"):
        given.masks(PHOTO, IMAGE)
