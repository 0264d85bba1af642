"""Bad input: each defect is one error that names the file and the key; nothing is guessed."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.odd_release import NAME, edit, mask_png

from dcikit.data.release import Release
from dcikit.schema.errors import DataError

Doc = dict[str, Any]


def read(folder: Path, **options: Any) -> Any:
    release = Release(folder)
    return release.read(release.names("test")[0], summaries=True, **options)


def first_mask(doc: Doc) -> Doc:
    return next(iter(doc["mask_data"].values()))


def set_first(field: str, value: Any) -> Callable[[Doc], None]:
    return lambda doc: first_mask(doc).update({field: value})


def truncated(png: str) -> str:
    return base64.b64encode(base64.b64decode(png)[:-20]).decode()


def gif() -> str:
    buffer = io.BytesIO()
    Image.new("1", (8, 8)).save(buffer, "GIF")
    return base64.b64encode(buffer.getvalue()).decode()


def cycle(field: str) -> Callable[[Doc], None]:
    def change(doc: Doc) -> None:
        one, other = list(doc["mask_data"].values())[:2]
        one[field] = other["idx"] if field == "parent" else [other["idx"]]
        other[field] = one["idx"] if field == "parent" else [one["idx"]]

    return change


def corner(name: str, axis: str, value: Any) -> Callable[[Doc], None]:
    return lambda doc: first_mask(doc)["bounds"][name].update({axis: value})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda doc: doc.pop("image"), "image"),
        (lambda doc: doc.pop("short_caption"), "short_caption"),
        (lambda doc: doc.pop("extra_caption"), "extra_caption"),
        (lambda doc: doc.pop("mask_data"), "mask_data"),
        (lambda doc: doc.update(mask_data=[]), "mask_data"),
        (lambda doc: doc.update(short_caption=7), "short_caption"),
        (lambda doc: doc.update(extra_caption=None), "extra_caption"),
        (lambda doc: doc.update(width=1), "width"),
        (lambda doc: doc.update(height="700"), "height"),
        (lambda doc: doc.update(mask_keys=["77"]), "mask_keys.0"),
        (lambda doc: first_mask(doc).pop("outer_mask"), "outer_mask"),
        (lambda doc: first_mask(doc).pop("idx"), "idx"),
        (lambda doc: first_mask(doc).pop("parent"), "parent"),
        (lambda doc: first_mask(doc).pop("requirements"), "requirements"),
        (lambda doc: first_mask(doc).pop("mask_quality"), "mask_quality"),
        (set_first("mask_quality", 3), "mask_quality"),
        (set_first("area", "many"), "area"),
        (set_first("idx", None), "idx"),
        (set_first("idx", True), "idx"),
        (set_first("label", ["a"]), "label"),
        (set_first("caption", 3.5), "caption"),
        (set_first("outer_mask", "no base64 at all"), "outer_mask"),
        (set_first("outer_mask", gif()), "outer_mask"),
        (set_first("outer_mask", mask_png((31, 17), (0, 0, 5, 5))), "outer_mask"),
        (lambda doc: first_mask(doc).update(outer_mask=truncated(first_mask(doc)["outer_mask"])), "outer_mask"),
        (corner("bottomRight", "x", 100_000), "bounds"),
        (corner("topLeft", "y", -1), "bounds"),
        (corner("topLeft", "x", 699), "bounds"),
        (cycle("parent"), "parent"),
        (cycle("requirements"), "requirements"),
        (lambda doc: first_mask(doc).update(requirements=[first_mask(doc)["idx"]]), "requirements"),
        (lambda doc: first_mask(doc).update(idx=list(doc["mask_data"].values())[1]["idx"]), "idx"),
        (lambda doc: doc["summaries"].update(base=[1]), "summaries.base.0"),
        (lambda doc: doc["summaries"].update(base={"first": "a"}), "summaries.base"),
        (lambda doc: doc["negatives"].update(base=["a"]), "negatives.base"),
        (lambda doc: doc["negatives"]["base"].update(swaps="a"), "negatives.base.swaps"),
        (lambda doc: doc["clip_scores"].update(base=[1.0]), "clip_scores.base"),
        (lambda doc: doc["clip_scores"]["base"].update(swaps_0="high"), "clip_scores.base.swaps_0"),
    ],
)
def test_a_defect_names_file_and_key(one_image: Path, change: Callable[[Doc], None], key: str) -> None:
    edit(one_image, NAME, change, kinds=("complete",))
    with pytest.raises(DataError) as caught:
        read(one_image)
    assert caught.value.key.endswith(key)
    assert caught.value.file == str(one_image / "complete" / NAME)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [b"{", b"", b"\xff\xfe", b'{"image": NaN}', b"[" * 100_000, b'"text"', b"[]"],
    ids=lambda text: str(text[:9]),
)
def test_invalid_json(one_image: Path, text: bytes) -> None:
    path = one_image / "complete" / NAME
    path.write_bytes(text)
    with pytest.raises(DataError, match="JSON|object") as caught:
        read(one_image)
    assert caught.value.file == str(path)


def test_half_a_surrogate_pair(one_image: Path) -> None:
    path = one_image / "complete" / NAME
    doc = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(doc | {"short_caption": "\ud800"}))
    with pytest.raises(DataError, match="surrogate") as caught:
        read(one_image)
    assert caught.value.key == "short_caption"


def test_missing_annotation(one_image: Path) -> None:
    (one_image / "complete" / NAME).unlink()
    with pytest.raises(DataError, match="missing"):
        read(one_image)


def photo(folder: Path) -> Path:
    return next((folder / "photos").iterdir())


def test_missing_photo(one_image: Path) -> None:
    path = photo(one_image)
    path.unlink()
    with pytest.raises(DataError, match=f"(?s){path.name}.*photos=False") as caught:
        read(one_image)
    assert caught.value.key == "image"
    assert read(one_image, photo=False).photo is None


@pytest.mark.parametrize("part", [0.5, 0.99])
def test_truncated_jpeg(one_image: Path, part: float) -> None:
    data = photo(one_image).read_bytes()
    photo(one_image).write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DataError, match="truncated") as caught:
        read(one_image)
    assert caught.value.file == str(photo(one_image))


def test_photo_that_is_no_image(one_image: Path) -> None:
    photo(one_image).write_bytes(b"not an image")
    with pytest.raises(DataError, match="not an image"):
        read(one_image)


def test_photo_of_another_size(one_image: Path) -> None:
    with Image.open(photo(one_image)) as image:
        image.resize((300, 200)).save(photo(one_image), "JPEG")
    with pytest.raises(DataError, match="300"):
        read(one_image)


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "a/b.jpg", "..", "", "a\\b.jpg"])
@pytest.mark.parametrize("with_photo", [True, False])
def test_photo_names_stay_in_their_folder(one_image: Path, name: str, with_photo: bool) -> None:
    (one_image / "secret.jpg").write_bytes(photo(one_image).read_bytes())
    edit(one_image, NAME, lambda doc: doc.update(image=name))
    with pytest.raises(DataError, match="plain file name") as caught:
        read(one_image, photo=with_photo)
    assert caught.value.key == "image"


def test_links_out_of_the_folder_are_refused_and_a_linked_folder_is_not(one_image: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    (one_image / "photos").rename(outside)
    (one_image / "photos").symlink_to(outside)
    assert read(one_image).photo == next(outside.iterdir()).read_bytes()

    target = next(outside.iterdir()).rename(tmp_path / "outside.jpg")
    (outside / "sa_1.jpg").symlink_to(target)
    with pytest.raises(DataError, match="link"):
        read(one_image)


def test_annotation_link_out_of_the_folder(one_image: Path, tmp_path: Path) -> None:
    path = one_image / "complete" / NAME
    path.rename(tmp_path / "outside.json")
    path.symlink_to(tmp_path / "outside.json")
    with pytest.raises(DataError, match="link"):
        read(one_image)


@pytest.mark.parametrize(
    ("splits", "problem"),
    [
        ({"test": [NAME, NAME]}, "twice"),
        ({"test": [NAME], "train": [NAME]}, "twice"),
        ({"test": [], "train": [NAME]}, "empty"),
        ({"test": "1-data.json"}, "list"),
        ({"test": ["../1-data.json"]}, "no annotation file"),
        ({"test": ["/1-data.json"]}, "no annotation file"),
        ({"test": [1]}, "string"),
        ({}, "no image"),
        ({"train": [], "test": []}, "no image"),
        ({"train": [NAME]}, "absent"),
        ([], "object"),
    ],
)
def test_bad_splits(one_image: Path, splits: Any, problem: str) -> None:
    path = one_image / "splits.json"
    path.write_text(json.dumps(splits))
    with pytest.raises(DataError, match=problem) as caught:
        Release(one_image).names("test")
    assert caught.value.file == str(path)


def test_folders_that_are_no_release(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        Release(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"splits\.json"):
        _ = Release(tmp_path).splits


def test_size_without_photo_comes_from_the_annotation_then_the_masks(one_image: Path) -> None:
    size = (read(one_image).width, read(one_image).height)
    edit(one_image, NAME, lambda doc: [doc.pop("width"), doc.pop("height")])
    record = read(one_image, photo=False)
    assert (record.width, record.height) == size
    edit(one_image, NAME, lambda doc: doc.update(mask_data={}, mask_keys=[]))
    with pytest.raises(DataError, match="width"):
        read(one_image, photo=False)


def test_all_defects_of_an_image_are_found(one_image: Path) -> None:
    edit(one_image, NAME, lambda doc: doc.update(short_caption=1, image="../x"))
    edit(one_image, NAME, set_first("area", None))
    record, defects = Release(one_image).examine(NAME, summaries=True)
    assert record is None
    assert {defect.key.split(".")[-1] for defect in defects} == {"short_caption", "image", "area"}
