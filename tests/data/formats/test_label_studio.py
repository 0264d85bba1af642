"""Label Studio both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcikit.cli.main import main
from dcikit.data.bitmap import decode
from dcikit.data.formats.label_studio import task
from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.data.sources.imported import import_release
from dcikit.data.sources.label_studio import LABEL_STUDIO


def written(path: Path, tasks: list[Any]) -> Path:
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def imported(path: Path, out: Path, on_error: str = "raise") -> Release:
    list(import_release(LABEL_STUDIO, path, None, out, on_error))
    return Release(out)


def shown(record: Record) -> list[Any]:
    """All of a record that the round trip keeps: its PNGs are written anew."""
    masks = [
        (m.mask_id, m.parent_id, m.child_ids, m.label, m.caption, m.quality, m.bbox, m.area, decode(m.png).tobytes())
        for m in record.masks
    ]
    return [
        record.image_id,
        record.file_name,
        record.width,
        record.height,
        record.short_caption,
        record.extra_caption,
        masks,
    ]


@pytest.mark.parametrize("release", ["sample", "odd"])
def test_the_round_trip_keeps_masks_texts_and_tree(
    request: pytest.FixtureRequest, tmp_path: Path, release: str
) -> None:
    source = Release(request.getfixturevalue(release))
    names = source.names("test")[:8]
    records = [source.read(name, summaries=False, photo=False) for name in names]
    back = imported(written(tmp_path / "tasks.json", [task(each, "test") for each in records]), tmp_path / "out")
    assert back.names("test") == names
    for record in records:
        again = back.read(f"{record.image_id}-data.json", summaries=False, photo=False)
        assert shown(again) == shown(record)


def test_the_commands(one_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, back = tmp_path / "tasks", tmp_path / "back"
    assert main(["export", str(one_image), "--format", "label-studio", "--output-dir", str(tasks)]) == 0
    assert "1 images in 1 files" in capsys.readouterr().out
    assert "<BrushLabels" in (tasks / "labeling_config.xml").read_text()
    file = str(tasks / "test-00000-of-00001.json")
    photos = str(one_image / "photos")
    assert main(["import", "label-studio", file, "--images", photos, "--out", str(back)]) == 0
    assert "1 images, 3 masks" in capsys.readouterr().out
    before, after = Release(one_image), Release(back)
    read = [each.read("1-data.json", summaries=False) for each in (before, after)]
    assert shown(read[0]) == shown(read[1])
    assert read[0].photo == read[1].photo
    assert main(["verify", str(back), "--num-proc", "1"]) == 0
    assert main(["export", str(back), "--out", str(tmp_path / "parquet")]) == 0


def region(kind: str, value: dict[str, Any], region_id: str = "aB_1", **changes: Any) -> dict[str, Any]:
    size = {"original_width": 20, "original_height": 10, "image_rotation": 0}
    return {"id": region_id, "type": kind, "from_name": "x", "to_name": "image", **size, "value": value, **changes}


def said(name: str, text: str, region_id: str = "aB_1") -> dict[str, Any]:
    return {"id": region_id, "type": "textarea", "from_name": name, "to_name": "image", "value": {"text": [text]}}


def drawn(*results: dict[str, Any], **data: Any) -> dict[str, Any]:
    image = {"image": "/data/local-files/?d=photos/a%20b.jpg", **data}
    return {"id": 5, "data": image, "annotations": [{"was_cancelled": True, "result": []}, {"result": list(results)}]}


SQUARE = {"points": [[10, 20], [50, 20], [50, 60], [10, 60]], "polygonlabels": ["dog"]}


def test_polygons_and_rectangles_of_annotators(tmp_path: Path) -> None:
    rectangle = {"x": 10, "y": 20, "width": 40, "height": 40, "rotation": 0, "rectanglelabels": ["mask"]}
    turned = {"x": 50, "y": 20, "width": 20, "height": 80, "rotation": 90, "rectanglelabels": ["mask"]}
    results = [
        region("polygonlabels", SQUARE),
        region("rectanglelabels", rectangle, "c", parentID="aB_1"),
        region("rectanglelabels", turned, "m-7-sc"),
        said("label", "cat", "c"),
        said("caption", "A cat.\nAsleep.", "c"),
        said("caption", "nothing", "gone"),
        {"type": "relation", "from_id": "c", "to_id": "aB_1", "direction": "right"},
    ]
    release = imported(written(tmp_path / "tasks.json", [drawn(*results)]), tmp_path / "out")
    record = release.read("5-data.json", summaries=False, photo=False)
    assert (record.file_name, record.width, record.height) == ("a b.jpg", 20, 10)
    expected = np.zeros((10, 20), bool)
    expected[2:6, 2:10] = True
    dog, cat, third = record.masks
    assert np.array_equal(decode(dog.png), expected)
    assert np.array_equal(decode(cat.png), expected)
    # 4 x 8 pixels, turned by a quarter clockwise around (10, 2): 8 to the left, 4 down
    assert (third.mask_id, third.bbox, third.area, third.quality) == ("7", (2, 2, 10, 6), 32, "bad")
    assert (dog.label, dog.quality, dog.mask_id, dog.child_ids) == ("dog", "low_quality", "8", ("9",))
    assert (cat.label, cat.caption, cat.quality, cat.parent_id) == ("cat", "A cat.\nAsleep.", "ok", "8")
    counts = json.loads((tmp_path / "out" / "source.json").read_text())["counts"]
    assert counts["texts of no region"] == counts["results of type relation"] == 1


def test_a_mask_that_was_edited_loses_the_bounds_of_the_release(one_image: Path, tmp_path: Path) -> None:
    record = Release(one_image).read("1-data.json", summaries=False, photo=False)
    edited = task(record, "test")
    results = edited["annotations"][0]["result"]
    masks = {each["id"]: each for each in results if each["type"] == "brushlabels"}
    masks["m-0-sc"]["value"]["rle"] = masks["m-2-sc"]["value"]["rle"]
    release = imported(written(tmp_path / "tasks.json", [edited]), tmp_path / "out")
    first = release.read("1-data.json", summaries=False, photo=False).masks[0]
    assert (first.bbox, first.area) == ((500, 300, 560, 400), 6000)


def nan_polygon(task: dict[str, Any]) -> None:
    task["annotations"][1]["result"][0]["value"]["points"][0][0] = float("nan")


def infinite_polygon(task: dict[str, Any]) -> None:
    task["annotations"][1]["result"][0]["value"]["points"][0][0] = 10**400


def two_points(task: dict[str, Any]) -> None:
    del task["annotations"][1]["result"][0]["value"]["points"][2:]


def other_size(task: dict[str, Any]) -> None:
    task["data"] |= {"width": 21, "height": 10}


def path_in_id(task: dict[str, Any]) -> None:
    task["data"]["image_id"] = "../../5"


def path_in_name(task: dict[str, Any]) -> None:
    task["data"]["file_name"] = "../../etc/passwd"


def bomb(task: dict[str, Any]) -> None:
    value = {"format": "rle", "rle": [255] * 20, "brushlabels": ["mask"]}
    size = {"original_width": 100000, "original_height": 100000}
    task["annotations"][1]["result"] = [region("brushlabels", value, **size)]


def lie(task: dict[str, Any]) -> None:
    value = {"format": "rle", "rle": [255] * 20, "brushlabels": ["mask"]}
    task["annotations"][1]["result"] = [region("brushlabels", value)]


def circle(task: dict[str, Any]) -> None:
    results = task["annotations"][1]["result"]
    results.append(region("polygonlabels", SQUARE, "b", parentID="aB_1"))
    results[0]["parentID"] = "b"


def unknown_split(task: dict[str, Any]) -> None:
    task["data"]["split"] = "../test"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (nan_polygon, r"tasks\.json: `0`: is not valid JSON: NaN is not a number"),
        (infinite_polygon, r"points\.0\.0`: must be a finite number"),
        (two_points, r"points`: has 2 points, but a polygon has at least 3"),
        (other_size, r"original_width`: is 20, but the image has 21"),
        (path_in_id, r"`0`: the id '\.\./\.\./5' is not a number"),
        (path_in_name, r"'\.\./\.\./etc/passwd' is not the name of a file inside a folder"),
        (bomb, r"is larger than 134217728 pixels"),
        (lie, r"value\.rle`: says that it has 4294967295 values, but 20x10 pixels have 800; export the tasks again"),
        (circle, r"the masks 0, 1 form a cycle"),
        (unknown_split, r"data\.split`: must be one of train, validation, test, got '\.\./test'"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_hostile_tasks_are_one_error_each(tmp_path: Path, change: Callable[[dict[str, Any]], None], error: str) -> None:
    hostile = drawn(region("polygonlabels", json.loads(json.dumps(SQUARE))))
    change(hostile)
    with pytest.raises(ValueError, match=error):
        imported(written(tmp_path / "tasks.json", [hostile]), tmp_path / "out")
    assert not (tmp_path / "out" / "splits.json").exists()


def test_images_with_defects_can_be_left_out(tmp_path: Path) -> None:
    bad = drawn(region("polygonlabels", SQUARE), image_id="7")
    two_points(bad)
    good = drawn(region("polygonlabels", json.loads(json.dumps(SQUARE | {"points": [[0, 0], [9, 0], [9, 9]]}))))
    release = imported(written(tmp_path / "tasks.json", [bad, good]), tmp_path / "out", on_error="skip")
    assert release.names("test") == ["5-data.json"]
    assert json.loads((tmp_path / "out" / "source.json").read_text())["counts"]["images with defects"] == 1
