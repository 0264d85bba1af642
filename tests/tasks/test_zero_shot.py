"""Zero-shot classification against one photo and one prompt at a time, and its folders and class names."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw

from dcikit.encoders.encoder import Encoder
from dcikit.encoders.families.blip import BlipItm
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.encoders.preprocessor import Preprocessor
from dcikit.tasks.zero_shot.evaluation import zero_shot

COLOURS = {"green": (35, 150, 60), "orange": (255, 140, 20), "white": (250, 250, 250), "yellow": (250, 222, 40)}
CLASSES = ("fire_engine", "n02", "n03", "n04")


def draw(path: Path, seed: int, mode: str = "RGB") -> None:
    """A picture of coloured boxes."""
    source = random.Random(seed)
    picture = Image.new("RGB", (90, 60 + 10 * (seed % 3)))
    for _ in range(12):
        x, y, colour = source.randrange(80), source.randrange(60), source.choices(range(256), k=3)
        ImageDraw.Draw(picture).rectangle([x, y, x + 30, y + 20], fill=tuple(colour))
    picture.convert(mode).save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four classes of 9, 7, 8 and 0 pictures, of several modes; the last class is one to choose all the same."""
    root = tmp_path_factory.mktemp("classes")
    modes = ("RGB", "L", "RGBA", "P")
    for place, (name, count) in enumerate(zip(CLASSES, (9, 7, 8, 0), strict=True)):
        (root / name).mkdir()
        for number in range(count):
            draw(root / name / f"{number}.png", 100 * place + number, modes[number % 4])
    (root / "fire_engine" / ".DS_Store").write_text("")
    (root / ".git").mkdir()
    (root / "README.txt").write_text("")
    return root


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two classes: two pictures of `a`, one of `b`."""
    for photo in ("a/1.png", "a/2.png", "b/1.png"):
        (tmp_path / photo).parent.mkdir(exist_ok=True)
        draw(tmp_path / photo, 0)
    return tmp_path


@pytest.fixture(scope="module")
def encoder(random_clip: Any, processor: Any) -> Encoder:
    model = deepcopy(random_clip)
    torch.manual_seed(0)
    for parameter in model.parameters():  # as they are initialised, all pairs score nearly alike
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return load_encoder(model, processor)


def naive(encoder: Encoder, processor: Any, root: Path, prompts: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Photo -> whether the class of its folder has the highest `logits_per_image`, one pair at a time."""
    right = {}
    for own, name in enumerate(CLASSES):
        for path in sorted((root / name).glob("*.png")):
            scores = []
            for prompt in prompts:
                inputs = processor(images=Image.open(path).convert("RGB"), text=[prompt], return_tensors="pt")
                with torch.no_grad():
                    scores.append(float(encoder.model(**inputs).logits_per_image))
            right[f"{name}/{path.name}"] = (int(scores.index(max(scores)) == own), 1)
    return right


def test_accuracy_is_that_of_one_pair_at_a_time(encoder: Encoder, processor: Any, folder: Path) -> None:
    result = zero_shot(encoder, folder)
    prompts = [f"a photo of a {name}" for name in ("fire engine", "n02", "n03", "n04")]
    assert result.accuracy.images == naive(encoder, processor, folder, prompts)
    right = sum(correct for correct, _ in result.accuracy.images.values())
    assert 0 < right < 24
    assert (result.accuracy.value, result.accuracy.regions) == (right / 24, 24)
    assert result.accuracy.interval is not None
    assert result.accuracy.interval[0] < right / 24 < result.accuracy.interval[1]
    assert (result.accuracy.tied, result.accuracy.truncated, result.accuracy.excluded) == (0, 0, {})
    assert result.classes == {"fire_engine": "fire engine", "n02": "n02", "n03": "n03", "n04": "n04"}


def test_class_names_and_template(encoder: Encoder, processor: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("fire engine\n crane\nred crane \ntabby cat\n\n")
    by_folder = {"n04": "tabby cat", "n03": "red crane", "n02": "crane", "fire_engine": "fire engine", "n99": "dog"}
    (tmp_path / "names.json").write_text(json.dumps(by_folder))
    lines = zero_shot(encoder, folder, tmp_path / "names.txt", "{}, {} in {0}")
    names = ["fire engine", "crane", "red crane", "tabby cat"]
    assert list(lines.classes.values()) == names
    prompts = [f"{name}, {name} in {{0}}" for name in names]
    assert lines.accuracy.images == naive(encoder, processor, folder, prompts)
    assert zero_shot(encoder, folder, tmp_path / "names.json", "{}, {} in {0}") == lines


@pytest.mark.parametrize("batch_size", [1, 32])
def test_classes_that_read_alike_tie_and_the_first_is_chosen(encoder: Encoder, two: Path, batch_size: int) -> None:
    (two / "names.txt").write_text("crane\ncrane")
    score = zero_shot(encoder, two, two / "names.txt", batch_size=batch_size).accuracy
    assert score.images == {"a/1.png": (1, 1), "a/2.png": (1, 1), "b/1.png": (0, 1)}
    assert (score.value, score.tied) == (2 / 3, 3)


def test_a_model_that_answers_the_same_to_everything(encoder: Encoder, folder: Path, processor: Any) -> None:
    model = deepcopy(encoder.model)
    torch.nn.init.zeros_(model.visual_projection.weight)
    score = zero_shot(load_encoder(model, processor), folder).accuracy
    assert (score.value, score.tied) == (9 / 24, 24)


def test_the_tiny_clip_knows_colours(tmp_path: Path) -> None:
    for name, colour in COLOURS.items():
        (tmp_path / name).mkdir()
        for number in range(3):
            picture = Image.new("RGB", (224, 224), (235, 235, 235))
            ImageDraw.Draw(picture).ellipse([40 + 10 * number, 40, 160 + 10 * number, 160], fill=colour)
            picture.save(tmp_path / name / f"{number}.png")
    score = zero_shot(load_encoder(TINY_CLIP), tmp_path).accuracy
    assert (score.value, score.interval, score.regions) == (1.0, (1.0, 1.0), 12)


def test_batches_and_workers_change_nothing(encoder: Encoder, folder: Path) -> None:
    result = zero_shot(encoder, folder)
    assert zero_shot(encoder, folder, batch_size=5) == result
    assert zero_shot(encoder, folder, num_workers=2) == result


def test_a_model_in_training_is_put_back(two: Path, random_clip: Any, processor: Any) -> None:
    encoder = load_encoder(deepcopy(random_clip).train(), processor)
    zero_shot(encoder, two)
    assert encoder.model.training


def test_prompts_that_are_cut_are_counted(encoder: Encoder, two: Path, tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text(json.dumps({"a": "cat", "b": "dog " * 80}))
    assert zero_shot(encoder, two, tmp_path / "names.json").accuracy.truncated == 1


# --- errors ---


def test_a_model_that_scores_pairs_is_refused(two: Path) -> None:
    joint = BlipItm(torch.nn.Linear(1, 1), Preprocessor(None, None, 8), image_size=None)
    with pytest.raises(ValueError, match=r"`encoder` must embed images and texts apart.*a BlipItm scores them pair by"):
        zero_shot(joint, two)


def test_wrong_arguments(encoder: Encoder, two: Path) -> None:
    with pytest.raises(ValueError, match=r"`template` must have \{\} where the class name goes, got 'a photo'"):
        zero_shot(encoder, two, template="a photo")
    with pytest.raises(ValueError, match="`batch_size` must be at least 1, got 0"):
        zero_shot(encoder, two, batch_size=0)


def test_nan_is_refused(two: Path, random_clip: Any, processor: Any) -> None:
    for tower in ("visual_projection", "text_projection"):
        model = deepcopy(random_clip)
        torch.nn.init.constant_(getattr(model, tower).weight, torch.nan)
        with pytest.raises(ValueError, match=r"embeddings .*hold NaN or infinity; try"):
            zero_shot(load_encoder(model, processor), two)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("n.txt", b"one", r"n\.txt: has 1 lines for 2 folders; name one class a line, in the sorted order"),
        ("n.txt", b"one\n\nthree\n", r"n\.txt: has 3 lines for 2 folders"),
        ("n.txt", b"\ntwo\n", r"n\.txt: `a`: the class has an empty name; name it"),
        ("n.txt", b"\xff\xff\n", r"n\.txt: is not UTF-8: .*; save it as UTF-8"),
        ("n.json", b"[]", r"n\.json: must be an object, got \[\]"),
        ("n.json", b"{", r"n\.json: is not JSON"),
        ("n.json", b'{"a": "one"}', r"n\.json: `b`: the key is missing; add it"),
        ("n.json", b'{"a": "one", "b": 2}', r"n\.json: `b`: must be a string, got 2; correct the value"),
        ("n.json", b'{"a": " ", "b": "two"}', r"n\.json: `a`: the class has an empty name; name it"),
    ],
)
def test_wrong_class_names(encoder: Encoder, two: Path, name: str, content: bytes, message: str) -> None:
    (two / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        zero_shot(encoder, two, two / name)


def test_class_names_that_are_not_there(encoder: Encoder, two: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.txt: cannot be read: No such file or directory; give the path"):
        zero_shot(encoder, two, two / "nowhere.txt")


def test_other_folders_are_refused(encoder: Encoder, two: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ValueError, match=r"nowhere: is not a folder; give a folder with one sub-folder"):
        zero_shot(encoder, two / "nowhere")
    with pytest.raises(ValueError, match=r"a: has 0 sub-folders, so there is nothing to choose from; give a folder"):
        zero_shot(encoder, two / "a")
    with pytest.raises(ValueError, match=r"/a: is a folder inside the folder of a class; give a folder"):
        (two / "train").mkdir()
        two.joinpath("a").rename(two / "train" / "a")
        zero_shot(encoder, two)
    empty = tmp_path_factory.mktemp("empty")
    for name in ("a", "b"):
        (empty / name).mkdir()
    with pytest.raises(ValueError, match=r"has no images in its sub-folders; give a folder"):
        zero_shot(encoder, empty)


def test_files_that_are_no_images_are_skipped_and_counted(encoder: Encoder, folder: Path, tmp_path: Path) -> None:
    plain = zero_shot(encoder, folder)
    assert plain.skipped == ()
    shutil.copytree(folder, tmp_path / "classes")
    for name in ("fire_engine/Thumbs.db", "fire_engine/.DS_Store", "n02/n02_boxes.txt", "n04/list.csv"):
        (tmp_path / "classes" / name).write_bytes(b"\x00")
    found = zero_shot(encoder, tmp_path / "classes")
    assert found.accuracy == plain.accuracy
    assert found.skipped == ("fire_engine/Thumbs.db", "n02/n02_boxes.txt", "n04/list.csv")


def test_images_in_a_folder_of_their_class(encoder: Encoder, folder: Path, tmp_path: Path) -> None:
    for name in CLASSES:
        shutil.copytree(folder / name, tmp_path / name / "images")
        (tmp_path / name / f"{name}_boxes.txt").write_text("0 0 1 1")
    found = zero_shot(encoder, tmp_path)
    plain = zero_shot(encoder, folder)
    assert (found.accuracy.value, found.accuracy.regions) == (plain.accuracy.value, plain.accuracy.regions)
    assert found.skipped == tuple(f"{name}/{name}_boxes.txt" for name in CLASSES)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_an_image_that_cannot_be_read_is_one_error(encoder: Encoder, two: Path, num_workers: int) -> None:
    whole = (two / "b" / "1.png").read_bytes()
    (two / "b" / "1.png").write_bytes(whole[:-60])
    with pytest.raises(ValueError, match=r"/b/1\.png: the photo cannot be decoded"):
        zero_shot(encoder, two, num_workers=num_workers)
    (two / "b" / "1.png").write_text("a list of files")
    with pytest.raises(ValueError, match=r"/b/1\.png: the photo cannot be decoded: .*; put it there again"):
        zero_shot(encoder, two, num_workers=num_workers)
