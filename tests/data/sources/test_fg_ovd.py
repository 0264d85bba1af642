"""FG-OVD: boxes with ten hard negatives, a kind of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import datasets
import pytest
from PIL import Image
from support.plain_rows import plain_rows

from dcikit.cli.main import main
from dcikit.data.release import Release

WRONG = [f"a {colour} dog" for colour in "red blue green black white grey pink brown gold teal".split()]


def box(image_id: int, name: str, corners: list[float], phrase: str, wrong: list[str] = WRONG) -> dict[str, Any]:
    return {
        "img_path": name,
        "bbox": corners,
        "pos_expression": [phrase],
        "neg_expression": wrong,
        "category_id": 18,
        "neg_category_ids": [18] * len(wrong),
        "width": 64,
        "height": 48,
        "image_id": image_id,
        "sent_id": 3,
        "test_type": "hard",
    }


ROWS = [
    box(7, "val2017/7.jpg", [4.0, 6.0, 20.0, 10.0], "a yellow dog"),
    box(9, "val2017/9.jpg", [0, 0, 64, 48], "a wall", WRONG[:2]),
    box(7, "val2017/7.jpg", [40, 30, 30, 30], "a small dog"),
    box(7, "val2017/7.jpg", [70, 6, 20, 10], "a dog that is not there"),
]


def written(folder: Path, rows: list[Any]) -> Path:
    (folder / "images" / "val2017").mkdir(parents=True)
    for name in ("7.jpg", "9.jpg"):
        Image.new("RGB", (64, 48), "gold").save(folder / "images" / "val2017" / name)
    path = folder / "1_attributes.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    out, images = tmp_path / "out", tmp_path / "images"
    source = written(tmp_path, ROWS)
    assert main(["import", "fg-ovd", str(source), "--images", str(images), "--output-dir", str(out)]) == 0
    return out


def test_boxes_phrases_and_negatives(imported: Path) -> None:
    release = Release(imported)
    record = release.read("7-data.json", summaries=True)
    assert [(mask.mask_id, mask.label, mask.bbox) for mask in record.masks] == [
        ("0", "a yellow dog", (4, 6, 24, 16)),
        ("1", "a small dog", (40, 30, 64, 48)),
    ]
    assert record.captions == {"m-0-sc": ["a yellow dog"], "m-1-sc": ["a small dog"]}
    assert record.negatives["m-0-sc"] == {"basic": [], "layout": [], "swaps": [], "attribute": WRONG}
    counts = json.loads((imported / "source.json").read_text())["counts"]
    assert (counts["images"], counts["masks"]) == (2, 3)
    assert (counts["boxes outside the image"], counts["boxes without a pixel"]) == (1, 1)


def test_rows_of_any_box_have_the_kind(imported: Path, load: Any) -> None:
    rows = plain_rows(load("sdci", imported))
    found = {(row["image_id"], each["key"]): each for row in rows for each in row["regions"]}
    assert sorted(found) == [("7", "m-0-sc"), ("7", "m-1-sc"), ("9", "m-0-sc")]
    assert found["7", "m-0-sc"]["negatives"] == {"basic": [], "layout": [], "swaps": [], "attribute": WRONG}
    assert found["7", "m-0-sc"]["crop_box"] == [1, 5, 27, 17]  # 3 px to each side, 1 px above and below
    regions = plain_rows(load("regions", imported, photos=False))
    assert [row["negatives"]["attribute"] for row in regions] == [None, WRONG, WRONG, None, WRONG[:2]]


def test_import_verify_eval_export(imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(imported), "--num-proc", "1"]) == 0
    out = tmp_path / "parquet"
    assert main(["export", str(imported), "--out", str(out), "--photos", "--num-proc", "1"]) == 0
    rows = datasets.load_dataset(str(out), "sdci", split="test", cache_dir=str(tmp_path / "cache"))
    assert rows[0]["regions"][0]["negatives"]["attribute"] == WRONG
    scores = []
    for data in (imported, out):
        results = tmp_path / f"{data.name}.json"
        command = ["eval", "--dataset", str(data), "--no-cache", "--output", str(results)]
        assert main([*command, "--protocol", "sdci-entries"]) == 0
        document = json.loads(results.read_text())
        scores.append((document["scores"], document["dataset"]["fingerprint"]))
    assert scores[0] == scores[1]
    assert scores[0][0]["neg_attribute"]["regions"] == 3
    assert scores[0][0]["all_neg"]["excluded"] == {"no swaps negative": 3}
    assert "Neg, attribute" in capsys.readouterr().out
    assert main(command) == 1, "the published rule drops every image"
    assert "a region without summary, negatives of one region only; see `--protocol`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"bbox": [1, 2, 3]}, r"`line 1\.bbox`: must be \[x, y, width, height\], got \[1, 2, 3\]"),
        ({"bbox": [1, 2, 3, "4"]}, r"`line 1\.bbox\.3`: must be a number"),
        ({"neg_expression": "a dog"}, r"`line 1\.neg_expression`: must be a list"),
        ({"img_path": "../7.jpg"}, r"'\.\./7\.jpg' is not the name of a file"),
        ({"image_id": "../7"}, r"the id '\.\./7' is not a number"),
        ({"width": 65}, r"is an image of 65x48, but the photo has 64x48"),
    ],
)
def test_hostile_lines_are_one_error_each(
    tmp_path: Path, change: dict[str, Any], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = written(tmp_path, [ROWS[0] | change]), tmp_path / "out"
    images = str(tmp_path / "images")
    assert main(["import", "fg-ovd", str(source), "--images", images, "--output-dir", str(out)]) == 1
    assert re.search(error, capsys.readouterr().err.replace("\n", " "))
    assert not (out / "splits.json").exists()


def test_a_caption_must_beat_every_attribute(metric: Any) -> None:
    """Scores by hand: above all three; below one of them; equal to one of them."""
    for place, others in enumerate(([1.0, 2.0, 2.5], [1.0, 3.5, 2.0], [3.0, 1.0, 1.0])):
        metric.add(
            image_id=str(place),
            key="base",
            caption_scores=[[3.0] for _ in range(3)],
            negative_scores={"attribute": others},
        )
    found = metric.compute()
    assert found["neg_attribute"] == pytest.approx(1 / 3)
    assert (found["neg_attribute_regions"], found["neg_attribute_tied"], found["neg_attribute_excluded"]) == (3, 1, 0)


def test_data_without_the_kind_have_no_such_score(metric: Any) -> None:
    metric.add(image_id="1", key="base", caption_scores=[[3.0]], negative_scores={"swaps": [1.0]})
    assert not [name for name in metric.compute() if "attribute" in name]
