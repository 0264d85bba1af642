"""COCO captions and Localized Narratives as rows of config `sdci`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import pytest
from PIL import Image

from dcikit.data.sources.coco import coco_captions
from dcikit.data.sources.localized_narratives import localized_narratives
from dcikit.engine.photo import open_photo
from dcikit.engine.rows import dataset_rows
from dcikit.schema.features import SDCI
from dcikit.tasks.sdci_items import row_items

Json = Any


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three photos of 40x30, 50x30 and 60x30 px, the last one in a folder of its own."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for name, width in (("one.jpg", 40), ("two.jpg", 50), ("more/three.jpg", 60)):
        Image.new("RGB", (width, 30), "red").save(folder / name)
    return folder


def coco(folder: Path, document: Json) -> Path:
    path = folder / "captions.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def narratives(folder: Path, *lines: Json) -> Path:
    path = folder / "narratives.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def narrative(image_id: str, caption: str, dataset_id: str = "open_images_train") -> Json:
    trace = [[{"x": 0.2, "y": 0.3, "t": 0.01}]]
    return {"dataset_id": dataset_id, "image_id": image_id, "annotator_id": 7, "caption": caption, "traces": trace}


def row(image_id: str, path: Path, file_name: str, width: int, height: int, captions: list[str]) -> Json:
    return {
        "image_id": image_id,
        "file_name": file_name,
        "image": {"bytes": None, "path": str(path)},
        "width": width,
        "height": height,
        "regions": [
            {
                "key": "base",
                "mask_id": None,
                "label": "",
                "bbox": [0, 0, width, height],
                "crop_box": [0, 0, width, height],
                "captions": captions,
                "negatives": {"basic": [], "layout": [], "swaps": []},
                "clip_scores": None,
                "mask": None,
            }
        ],
        "excluded": [],
    }


def two_images(**more: Json) -> Json:
    """A document of COCO; `more` changes its first image."""
    return {
        "images": [{"id": 1, "file_name": "one.jpg", **more}, {"id": 2, "file_name": "two.jpg"}],
        "annotations": [{"id": 8, "image_id": 1, "caption": "A"}, {"id": 9, "image_id": 2, "caption": "B"}],
    }


# --- rows ---


def test_rows_of_coco(tmp_path: Path, photos: Path) -> None:
    document = {
        "info": {"year": 2017},
        "images": [
            {"id": 9, "file_name": "two.jpg", "width": 640, "height": 480},
            {"id": 4, "file_name": "not there, but without a caption.jpg", "width": 5, "height": 5},
            {"id": "x", "file_name": "more/three.jpg", "width": 640},
            {"id": 5, "file_name": "without a caption either.jpg"},
            {"id": 2, "file_name": "one.jpg", "height": None, "width": None},
        ],
        "annotations": [
            {"id": 1, "image_id": 2, "caption": " A red wall.\n"},
            {"id": 2, "image_id": 9, "caption": "Ein Gemälde"},
            {"id": 3, "image_id": 5, "caption": " \n"},
            {"id": 4, "image_id": "x", "caption": "Red."},
            {"id": 5, "image_id": 2, "caption": ""},
            {"id": 6, "image_id": 2, "caption": "A wall"},
        ],
    }
    dataset = coco_captions(coco(tmp_path, document), photos).dataset
    assert dataset.features == SDCI
    assert list(dataset_rows(dataset)) == [
        row("9", photos / "two.jpg", "two.jpg", 640, 480, ["Ein Gemälde"]),
        row("x", photos / "more" / "three.jpg", "more/three.jpg", 60, 30, ["Red."]),
        row("2", photos / "one.jpg", "one.jpg", 40, 30, ["A red wall.", "A wall"]),
    ]


def test_rows_of_localized_narratives(tmp_path: Path, photos: Path) -> None:
    for name, width in (("000000137576.jpg", 70), ("3205.jpg", 80)):
        Image.new("RGB", (width, 30)).save(photos / name)
    path = narratives(
        tmp_path,
        narrative("two", " In this image "),
        narrative("137576", "A cat.", "mscoco_train2017"),
        "",
        narrative("not there", "  "),
        narrative("3205", "A dog.", "Flick30k_test"),
        narrative("two", "There is a wall."),
    )
    dataset = localized_narratives(path, photos).dataset
    assert dataset.features == SDCI
    assert list(dataset_rows(dataset)) == [
        row("two", photos / "two.jpg", "two.jpg", 50, 30, ["In this image", "There is a wall."]),
        row("137576", photos / "000000137576.jpg", "000000137576.jpg", 70, 30, ["A cat."]),
        row("3205", photos / "3205.jpg", "3205.jpg", 80, 30, ["A dog."]),
    ]


def test_paths_are_absolute(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = coco(tmp_path, two_images())
    monkeypatch.chdir(tmp_path)
    rows = list(dataset_rows(coco_captions(path, Path("photos")).dataset))
    assert [each["image"]["path"] for each in rows] == [str(photos / "one.jpg"), str(photos / "two.jpg")]


def test_rows_are_read_like_those_of_sdci(
    tmp_path: Path, photos: Path, one_image: Path, load: Callable[..., Any]
) -> None:
    pairs = coco_captions(coco(tmp_path, two_images()), photos).dataset
    together = datasets.concatenate_datasets([load("sdci", one_image), pairs])
    *_, one, two = dataset_rows(together)
    for each, width in ((one, 40), (two, 50)):
        (item,) = row_items(each)
        assert open_photo(each).crop(item.box).size == (width, 30)
    assert together[-1]["image"].size == (50, 30)


# --- a file outside the folder ---


@pytest.mark.parametrize("name", ["../secret.jpg", "more/../../secret.jpg", "{tmp}/secret.jpg", "a\\b.jpg", "a\0.jpg"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, photos: Path, name: str) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "secret.jpg")
    path = coco(tmp_path, two_images(file_name=name.replace("{tmp}", str(tmp_path))))
    with pytest.raises(ValueError, match=r"captions\.json: `images\.0\.file_name`: .* leaves .*photos; name a file"):
        coco_captions(path, photos)


@pytest.mark.parametrize("dataset_id", ["open_images_train", "mscoco_train2017"])
def test_an_id_that_leaves_the_folder_is_refused(tmp_path: Path, photos: Path, dataset_id: str) -> None:
    (photos / "00000").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "s.jpg")
    path = narratives(tmp_path, narrative("/../../s", "A secret.", dataset_id))
    with pytest.raises(ValueError, match=r"narratives\.jsonl: `line 1\.image_id`: .* leaves .*photos; name a file"):
        localized_narratives(path, photos)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, photos: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "secret.jpg")
    (photos / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(ValueError, match=r"'link\.jpg' leaves"):
        coco_captions(coco(tmp_path, two_images(file_name="link.jpg")), photos)


@pytest.mark.parametrize("name", ["one.jpg", "more/three.jpg", "more/../one.jpg", "link.jpg", "..one.jpg"])
def test_a_name_inside_the_folder_is_accepted(tmp_path: Path, photos: Path, name: str) -> None:
    Image.new("RGB", (4, 3)).save(photos / "..one.jpg")
    (photos / "link.jpg").symlink_to(photos / "one.jpg")
    (tmp_path / "linked").symlink_to(photos)
    assert len(coco_captions(coco(tmp_path, two_images(file_name=name)), tmp_path / "linked").dataset) == 2


# --- images that are not there ---


def test_images_without_a_file_are_skipped_and_counted(tmp_path: Path, photos: Path) -> None:
    lines = [narrative("gone", "A"), narrative("one", "B"), narrative("lost", "C"), narrative("none", " ")]
    found = localized_narratives(narratives(tmp_path, *lines), photos)
    assert [each["image_id"] for each in found.dataset] == ["one"]
    assert found.skipped == {f"images without a file in {photos}": 2}
    assert coco_captions(coco(tmp_path, two_images()), photos).skipped == {}


def test_no_file_at_all_is_an_error_that_names_them(tmp_path: Path, photos: Path) -> None:
    lines = [narrative(f"i{number}", "B") for number in range(21)]
    with pytest.raises(ValueError) as error:
        localized_narratives(narratives(tmp_path, *lines), photos)
    names = ", ".join(f"i{number}.jpg" for number in range(20))
    assert str(error.value) == (
        f"{tmp_path}/narratives.jsonl: `line 1.image_id`: none of its 21 images is in {photos}: {names}, ...; "
        "put them there, or give the folder that has them"
    )


# --- several files ---


def test_shards_are_read_one_after_another(tmp_path: Path, photos: Path) -> None:
    shards = []
    for number, lines in enumerate(([narrative("two", "A"), narrative("one", "B")], [narrative("two", "C")])):
        (tmp_path / str(number)).mkdir()
        shards.append(narratives(tmp_path / str(number), *lines))
    rows = list(dataset_rows(localized_narratives(shards, photos).dataset))
    assert [(each["image_id"], each["regions"][0]["captions"]) for each in rows] == [
        ("two", ["A", "C"]),
        ("one", ["B"]),
    ]


def test_an_image_of_two_files_has_the_captions_of_both(tmp_path: Path, photos: Path) -> None:
    for name, file_name in (("more", "one.jpg"), ("wrong", "two.jpg")):
        (tmp_path / name).mkdir()
        document = {"images": [{"id": 1, "file_name": file_name}], "annotations": [{"image_id": 1, "caption": "C"}]}
        coco(tmp_path / name, document)
    first = coco(tmp_path, two_images())
    (one, two) = dataset_rows(coco_captions([first, tmp_path / "more" / "captions.json"], photos).dataset)
    assert (one["regions"][0]["captions"], two["regions"][0]["captions"]) == (["A", "C"], ["B"])
    with pytest.raises(ValueError, match=r"wrong/captions\.json: `images\.0\.id`: 1 is two\.jpg here, but one\.jpg at"):
        coco_captions([first, tmp_path / "wrong" / "captions.json"], photos)


# --- negatives ---


def test_negatives_are_what_the_caller_makes_of_the_captions(tmp_path: Path, photos: Path) -> None:
    def backwards(captions: Sequence[str], image_id: str) -> dict[str, list[str]]:
        return {"basic": [], "layout": [], "swaps": [f"{image_id}: {caption[::-1]}" for caption in captions]}

    rows = dataset_rows(coco_captions(coco(tmp_path, two_images()), photos, backwards).dataset)
    assert [each["regions"][0]["negatives"]["swaps"] for each in rows] == [["1: A"], ["2: B"]]


# --- errors ---


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", r"captions\.json: is not JSON: .*; correct it"),
        ("[" * 100_000, r"captions\.json: is not JSON"),
        ([], r"captions\.json: must be an object, got \[\]; correct the value"),
        ({"annotations": []}, r"captions\.json: `images`: the key is missing; add it"),
        ({"images": {}}, r"`images`: must be a list, got \{\}; correct"),
        ({"images": []}, r"`annotations`: the key is missing"),
        ({"images": [7]}, r"`images\.0`: must be an object, got 7"),
        (two_images(id=None), r"`images\.0\.id`: must be an id .*, got None"),
        (two_images(id=True), r"`images\.0\.id`: must be an id .*, got True"),
        (two_images(id=""), r"`images\.0\.id`: must be an id .*, got ''"),
        (two_images(id="2"), r"`images\.1\.id`: two images have the id 2; take one of them out"),
        (two_images(id=3), r"`annotations\.0\.image_id`: `images` has no id 1; add the image"),
        (two_images(file_name=7), r"`images\.0\.file_name`: must be a string, got 7"),
        (two_images(width="40", height=30), r"`images\.0\.width`: must be an integer, got '40'"),
        (two_images(width=40, height=0), r"`images\.0\.height`: must be a number of pixels, got 0"),
        (two_images(width=2**31, height=30), r"`images\.0\.width`: must be a number of pixels, got 2147483648"),
        ({**two_images(), "annotations": []}, r"captions\.json: no image has a caption; give a file of captions"),
        ({**two_images(), "annotations": [{"image_id": 2}]}, r"`annotations\.0\.caption`: the key is missing"),
        (
            {**two_images(), "annotations": [{"image_id": 2, "caption": ["A"]}]},
            r"`.*caption`: must be a string, got \['A'\]",
        ),
        ({**two_images(), "annotations": [{"image_id": 2, "caption": "\ud800"}]}, "holds half a surrogate pair"),
    ],
)
def test_wrong_coco_is_one_error(tmp_path: Path, photos: Path, document: Json, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        coco_captions(coco(tmp_path, document), photos)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"narratives\.jsonl: `line 2`: is not JSON: .*; correct it"),
        ("[]", r"`line 2`: must be an object, got \[\]"),
        ({"dataset_id": "open_images_train", "caption": "A"}, r"`line 2\.image_id`: the key is missing"),
        ({"image_id": "one", "caption": "A"}, r"`line 2\.dataset_id`: the key is missing"),
        ({"image_id": "one", "dataset_id": "ADE20k_train"}, r"`line 2\.caption`: the key is missing"),
        (
            narrative("one", "A", "mscoco_train2017"),
            r"`line 2\.image_id`: one is 000000000one\.jpg here, but one\.jpg at",
        ),
    ],
)
def test_wrong_narratives_are_one_error(tmp_path: Path, photos: Path, line: Json, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        localized_narratives(narratives(tmp_path, narrative("one", "A"), line), photos)


@pytest.mark.parametrize("read", [coco_captions, localized_narratives])
def test_files_and_folders_that_are_not_there(tmp_path: Path, photos: Path, read: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.json: cannot be read: No such file or directory; give the path"):
        read(tmp_path / "nowhere.json", photos)
    with pytest.raises(ValueError, match=r"photos: cannot be read: Is a directory; give the path"):
        read(photos, photos)


def test_the_images_must_be_in_a_folder(tmp_path: Path, photos: Path) -> None:
    path = coco(tmp_path, two_images())
    with pytest.raises(
        ValueError, match=r"one\.jpg: is not a folder; give the one with the images of .*captions\.json"
    ):
        coco_captions(path, photos / "one.jpg")


def test_a_file_that_is_no_image_is_an_error(tmp_path: Path, photos: Path) -> None:
    (photos / "two.jpg").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match=r"two\.jpg: cannot be read as an image: .*; put the image there again"):
        coco_captions(coco(tmp_path, two_images()), photos)
