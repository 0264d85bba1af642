"""Other datasets, in their real layouts with odd cases in, imported as releases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from dcikit.cli.main import main
from dcikit.data.bitmap import decode, filled
from dcikit.data.formats import coco_rle
from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.data.sources.imported import import_release
from dcikit.data.sources.registry import SOURCES

SIZE = (40, 30)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("one.jpg", "two.jpg", "7.jpg"):
        Image.new("RGB", SIZE, "red").save(folder / name)
    return folder


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def imported(name: str, source: Path, images: Path | None, on_error: str = "raise") -> tuple[Release, dict[str, int]]:
    folder = source.parent / "out"
    list(import_release(SOURCES[name], source, images, folder, on_error))
    about = json.loads((folder / "source.json").read_text())
    assert about["licence"] == SOURCES[name].licence
    assert SOURCES[name].licence in (folder / "README.md").read_text()
    return Release(folder), about["counts"]


def test_a_dataset_has_the_licence_of_its_source(odd: Path, load: Any, tmp_path: Path) -> None:
    shutil.copytree(odd, tmp_path / "release")
    about = {"name": "x", "title": "Photos of X", "homepage": "https://x.example", "licence": "CC0-1.0"}
    (tmp_path / "release" / "source.json").write_text(json.dumps(about))
    for streaming in (False, True):
        info = load("sdci", tmp_path / "release", streaming=streaming).info
        assert (info.license, info.homepage, info.citation) == ("CC0-1.0", "https://x.example", "")
        assert info.description.startswith("Photos of X")
    assert "CC-BY-NC" in load("sdci", odd).info.license


def read(release: Release, image_id: int, photo: bool = True) -> Record:
    return release.read(f"{image_id}-data.json", summaries=False, photo=photo)


def pixels_of(record: Record) -> dict[str, Any]:
    return {mask.mask_id: decode(mask.png) for mask in record.masks}


def vertex(vertex_id: str, box: tuple[float, ...], kind: str, descs: dict[str, str], *edges: tuple[str, str]) -> Any:
    return {
        "vertex_id": vertex_id,
        "bbox": dict(zip(("left", "top", "right", "bottom"), box, strict=True)) | {"confidence": 0.9},
        "label": kind,
        "descs": [{"label": label, "text": text} for label, text in descs.items()],
        "in_edges": [{"source": source, "text": text, "target": vertex_id} for source, text in edges],
        "out_edges": [],
    }


def gbc_rows() -> list[Any]:
    graph = [
        vertex("", (0, 0, 1, 1), "image", {"short": "A horse.", "detail": "A horse in snow.", "original": "x"}),
        vertex(
            "trees", (0.1, 0.1, 0.9, 0.9), "entity", {"short": "Trees.", "detail": "Many trees."}, ("", "some trees")
        ),
        vertex("[horse|trees]", (0.25, 0.2, 0.75, 0.8), "composition", {"composition": "Both."}, ("", "horse")),
        vertex("horse", (0.5, 0.5, 0.7, 0.7), "entity", {"hardcode": "x"}, ("trees", "a horse"), ("[horse|trees]", "")),
        vertex("r", (0, 0, 1, 1), "relation", {"relation": "Near."}),
        vertex("wide", (0.5, 0.5, 1.5, 1.0), "entity", {"short": "Wide."}),
        vertex("gone", (1.5, 0.5, 2.0, 1.0), "entity", {"short": "Gone."}),
    ]
    missing = {"img_url": "http://x/y/nowhere.jpg", "vertices": []}
    return [{"img_url": "http://x/one.jpg?w=1", "original_caption": "x", "vertices": graph}, missing]


def test_gbc(tmp_path: Path, photos: Path) -> None:
    release, counts = imported("gbc", lines(tmp_path / "train.jsonl", gbc_rows()), photos)
    record = read(release, 1)
    assert (record.short_caption, record.extra_caption) == ("A horse.", "A horse in snow.")
    trees, both, horse, wide = record.masks
    assert (trees.label, trees.caption, trees.bbox, trees.area) == ("some trees", "Many trees.", (4, 3, 36, 27), 768)
    assert np.array_equal(decode(trees.png), filled((4, 3, 36, 27), *SIZE))
    assert (both.caption, both.child_ids) == ("Both.", (horse.mask_id,))
    assert (horse.parent_id, horse.label, horse.quality) == (both.mask_id, "a horse", "low_quality")
    assert wide.bbox == (20, 15, 40, 30)
    kept = json.loads((release.folder / "annotations" / "1-data.json").read_text())
    assert kept["relations"] == {horse.mask_id: [trees.mask_id]}
    expected = {
        "missing photos": 1,
        "vertices of kind relation": 1,
        "boxes outside the image": 1,
        "boxes without a pixel": 1,
        "empty texts": 1,
        "further parents, kept as relations": 1,
        "images": 1,
    }
    assert expected.items() <= counts.items()


def panocaps(path: Path, **changes: Any) -> Path:
    left, right = filled((0, 0, 20, 30), *SIZE), filled((20, 0, 40, 30), *SIZE)

    def segment(mask_id: int, pixels: Any, crowd: int = 0) -> dict[str, Any]:
        shape = coco_rle.encode(pixels) | changes
        return {"id": mask_id, "image_id": "a", "category_id": 3, "iscrowd": crowd, "segmentation": shape}

    row = {
        "split": "val",
        "image_id": "ADE_1",
        "image_info": {"data_source": "ADE20K", "file_name": "one.jpg", "width": 40, "height": 30, "id": "ADE_1"},
        "caption_info": {
            "caption": "A dog beside a wall.",
            "label_matched": [
                {"mask_ids": [5], "txt_desc": "a dog"},
                {"mask_ids": [5, 99], "txt_desc": "black"},
            ],
        },
        "mask_annotations": [segment(5, left), segment(6, right), segment(7, left, 1), segment(8, left & right)],
        "categories": [{"id": 3, "name": "dog"}],
    }
    pq.write_table(pa.Table.from_pylist([row]), path)
    return path


def test_panocaps(tmp_path: Path, photos: Path) -> None:
    release, counts = imported("panocaps", panocaps(tmp_path / "val.parquet"), photos)
    record = read(release, 1)
    assert release.names("validation") == ["1-data.json"]
    assert record.extra_caption == "A dog beside a wall."
    assert [(m.mask_id, m.label, m.caption, m.quality) for m in record.masks] == [
        ("5", "dog", "a dog; black", "ok"),
        ("6", "dog", "", "low_quality"),
    ]
    assert np.array_equal(pixels_of(record)["6"], filled((20, 0, 40, 30), *SIZE))
    names = ("crowd segments", "segments without a pixel", "empty texts", "phrases of masks that are not there")
    assert [counts[name] for name in names] == [1, 1, 1, 1]


def pix2cap(path: Path, png_size: tuple[int, int] = SIZE, png: str = "one.png") -> Path:
    document = {
        "categories": [{"id": 1, "name": "cat"}],
        "images": [{"id": 7, "file_name": "7.jpg", "width": 40, "height": 30}],
        "annotations": [
            {
                "image_id": 7,
                "file_name": png,
                "segments_info": [
                    {"id": 70000, "category_id": 1, "iscrowd": 0, "description": "A cat.\nIt sleeps."},
                    {"id": 258, "category_id": 1, "iscrowd": 1, "description": "Cats."},
                    {"id": 3, "category_id": 1, "iscrowd": 0, "description": " "},
                    {"id": 4, "category_id": 1, "iscrowd": 0, "description": "Nowhere."},
                ],
            }
        ],
    }
    path.write_text(json.dumps(document))
    folder = path.with_suffix("")
    folder.mkdir()
    colours = np.zeros((png_size[1], png_size[0], 3), np.uint8)
    colours[:10] = (70000 % 256, 70000 // 256 % 256, 70000 // 65536)  # 112, 17, 1
    colours[10:15] = (2, 1, 0)
    colours[15:20, :5] = (3, 0, 0)
    colours[25:, :] = (9, 0, 0)
    Image.fromarray(colours).save(folder / "one.png")
    return path


def test_pix2cap(tmp_path: Path, photos: Path) -> None:
    release, counts = imported("pix2cap", pix2cap(tmp_path / "pix2cap_val.json"), photos)
    record = read(release, 7)
    assert [(m.mask_id, m.label, m.caption, m.bbox) for m in record.masks] == [
        ("70000", "cat", "A cat.\nIt sleeps.", (0, 0, 40, 10)),
        ("3", "cat", "", (0, 15, 5, 20)),
    ]
    names = ("crowd segments", "segments without a pixel", "empty texts", "images with void pixels")
    assert [counts[name] for name in names] == [1, 1, 1, 1]
    assert counts["segments of the PNG that the file does not name"] == 1


def test_visual_genome(tmp_path: Path, photos: Path) -> None:
    def region(number: int, phrase: str, *box: int) -> dict[str, Any]:
        return dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"region_id": number, "phrase": phrase}

    regions = [region(1, "a red wall ", 2, 3, 10, 5), region(2, "", 0, 0, 5, 5), region(3, "far", 38, -4, 9, 9)]
    path = tmp_path / "region_descriptions.json"
    path.write_text(json.dumps([{"id": 7, "regions": regions}], indent=1))
    release, counts = imported("visual-genome", path, photos)
    record = read(release, 7)
    assert [(m.mask_id, m.label, m.bbox) for m in record.masks] == [
        ("1", "a red wall", (2, 3, 12, 8)),
        ("3", "far", (38, 0, 40, 5)),
    ]
    assert (counts["empty texts"], counts["boxes outside the image"]) == (1, 1)


def test_docci_and_other_texts(tmp_path: Path, photos: Path) -> None:
    rows = [
        {"split": split, "example_id": f"{split}_0", "image_file": name, "description": text}
        for split, name, text in (("qual_dev", "one.jpg", "One."), ("test", "two.jpg", ""))
    ]
    release, counts = imported("docci", lines(tmp_path / "docci.jsonlines", rows), photos)
    assert release.splits == {"train": [], "validation": ["1-data.json"], "test": ["2-data.json"]}
    assert read(release, 1).extra_caption == "One."
    assert counts["empty texts"] == 1
    other = tmp_path / "other"
    other.mkdir()
    release, _ = imported("text-only", lines(other / "a.jsonl", [{"image_path": "two.jpg", "caption": "Two."}]), photos)
    assert read(release, 1).extra_caption == "Two."


def iiw_rows() -> list[Any]:
    return [
        {"IIW": "Better.", "ex_id": "1-data.json", "image": "sa_1.jpg", "metrics/Human Like": "Neutral"},
        {"IIW": "Gone.", "ex_id": "122236-data.json", "image": "sa_2.jpg", "metrics/Human Like": "Neutral"},
    ]


@pytest.mark.parametrize("with_photos", [True, False])
def test_iiw_is_joined_by_id(tmp_path: Path, one_image: Path, with_photos: bool) -> None:
    if not with_photos:
        (one_image / "photos").rename(tmp_path / "elsewhere")
    release, counts = imported("iiw-dci-test", lines(tmp_path / "data.jsonl", iiw_rows()), one_image)
    record = read(release, 1, photo=with_photos)
    assert (record.extra_caption, record.width, record.height, record.masks) == ("Better.", 700, 560, ())
    assert counts["images that the release lacks"] == 1
    kept = json.loads((release.folder / "annotations" / "1-data.json").read_text())
    assert kept["side_by_side"] == {"Human Like": "Neutral"}


def hostile(name: str, rows: list[Any]) -> Callable[[Path], Path]:
    return lambda folder: lines(folder / name, rows)


def changed(rows: list[Any], **changes: Any) -> list[Any]:
    return [rows[0] | changes]


def circle() -> list[Any]:
    texts = {"short": "x"}
    graph = [
        vertex("a", (0, 0, 1, 1), "entity", texts, ("b", "")),
        vertex("b", (0, 0, 1, 1), "entity", texts, ("a", "")),
    ]
    return [{"img_url": "http://x/one.jpg", "vertices": graph}]


HOSTILE = [
    (
        "gbc",
        hostile("a.jsonl", changed(gbc_rows(), img_path="../one.jpg")),
        r"'\.\./one\.jpg' is not the name of a file",
    ),
    ("gbc", hostile("a.jsonl", circle()), r"`line 1\.mask_data\.0\.parent`: the masks 0, 1 form a cycle"),
    ("gbc", hostile("a.jsonl", changed(gbc_rows(), vertices=3)), r"`line 1\.vertices`: must be a list, got 3"),
    (
        "docci",
        hostile("a.jsonl", [{"split": "x"}]),
        r"`line 1\.split`: must be one of train, test, qual_dev, qual_test",
    ),
    ("iiw-dci-test", hostile("a.jsonl", [{"ex_id": "../1-data.json"}]), r'must be "<number>-data.json"'),
    ("panocaps", lambda folder: panocaps(folder / "a.parquet", counts="0"), r"counts`: ends after 0 of 1200 pixels"),
    (
        "panocaps",
        lambda folder: panocaps(folder / "a.parquet", size=[99999, 99999]),
        r"size`: is \[99999, 99999\], but",
    ),
    ("panocaps", hostile("a.parquet", [1]), r"cannot be read as Parquet"),
    ("pix2cap", lambda folder: pix2cap(folder / "a.json", (41, 30)), r"one\.png: is 41x30, but the image has 40x30"),
    (
        "pix2cap",
        lambda folder: pix2cap(folder / "a.json", png="../one.png"),
        r"'\.\./one\.png' is not a plain file name",
    ),
    ("pix2cap", lambda folder: pix2cap(folder / "a.json", png="two.png"), r"two\.png: the file is missing"),
    (
        "panocaps",
        lambda folder: panocaps(folder / "a.parquet", counts="`ooooo7"),
        r"counts`: has (the character|run lengths)",
    ),
    ("visual-genome", lambda folder: visual_genome(folder / "a.json", x=float("nan")), r"is not valid JSON: NaN"),
    ("visual-genome", lambda folder: visual_genome(folder / "a.json", x=10**400), r"x`: must be a finite number"),
    ("gbc", hostile("a.jsonl", changed(gbc_rows(), img_url=7)), r"`line 1\.img_url`: must be a string, got 7"),
    ("docci", hostile("a.jsonl", [{"split": "test", "example_id": "a", "image_file": "/one.jpg"}]), r"description`"),
    ("text-only", hostile("a.jsonl", [{"image": "/etc/passwd", "text": "x"}]), r"'/etc/passwd' is not the name of a"),
    ("text-only", hostile("a.jsonl", [{"image": "one.jpg"}]), r"has none of the keys caption, description, text"),
    (
        "iiw-dci-test",
        hostile("a.jsonl", [iiw_rows()[0] | {"image": "one.jpg", "metrics/x": 3}]),
        r"metrics/x`: must be a string, got 3",
    ),
    ("visual-genome", hostile("a.json", [[{"id": "../7", "regions": []}]]), r"the id '\.\./7' is not a number"),
]


@pytest.mark.parametrize(("name", "write", "error"), HOSTILE)
def test_hostile_files_are_one_error_each(
    tmp_path: Path, photos: Path, name: str, write: Callable[[Path], Path], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        imported(name, write(tmp_path), photos)


def visual_genome(path: Path, **box: Any) -> Path:
    region = {"region_id": 1, "phrase": "a red wall", "x": 2, "y": 3, "width": 10, "height": 5, **box}
    path.write_text(json.dumps([{"id": 7, "regions": [region]}]))
    return path


EVERY = {
    "gbc": lambda folder: lines(folder / "test.jsonl", gbc_rows()),
    "panocaps": lambda folder: panocaps(folder / "test.parquet"),
    "pix2cap": lambda folder: pix2cap(folder / "test.json"),
    "visual-genome": lambda folder: visual_genome(folder / "test.json"),
    "docci": lambda folder: lines(
        folder / "test.jsonl",
        [{"split": "test", "example_id": "a", "image_file": "one.jpg", "description": "One."}],
    ),
    "text-only": lambda folder: lines(folder / "test.jsonl", [{"file_name": "two.jpg", "text": "Two."}]),
}
"""The importers whose path has no test of its own."""


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_every_import_is_verified_scored_and_exported(tmp_path: Path, photos: Path, name: str) -> None:
    release, _ = imported(name, EVERY[name](tmp_path), photos)
    folder, out = str(release.folder), tmp_path / "parquet"
    assert main(["verify", folder, "--num-proc", "1"]) == 0
    assert main(["eval", "--dataset", folder, "--task", "retrieval", "--no-cache"]) == 0
    assert main(["export", folder, "--out", str(out), "--photos", "--num-proc", "1"]) == 0
    splits = datasets.load_dataset(str(out), "regions", cache_dir=str(tmp_path / "cache"))
    found = [(row["image_id"], row["key"], row["caption"]) for rows in splits.values() for row in rows]
    expected = []
    for names in release.splits.values():
        for record in (release.read(each, summaries=False) for each in names):
            expected.append((record.image_id, "base", f"{record.short_caption}\n{record.extra_caption}"))
            expected += [(record.image_id, mask.key, mask.caption) for mask in record.masks]
    assert found == expected


def test_import_verify_export_eval(tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = lines(tmp_path / "test.jsonl", gbc_rows())
    out = str(tmp_path / "release")
    assert main(["import", "gbc", str(source), "--images", str(photos), "--output-dir", out]) == 0
    said = capsys.readouterr().out
    assert "1 images, 4 masks" in said
    assert "missing photos: line 2: nowhere.jpg" in said
    assert main(["verify", out, "--num-proc", "1"]) == 0
    assert main(["eval", "--dataset", out, "--task", "retrieval"]) == 0
    assert main(["export", out, "--out", str(tmp_path / "parquet"), "--photos"]) == 0
    card = (tmp_path / "parquet" / "README.md").read_text()
    assert "# Graph-based captions" in card
    assert "CC-BY-NC-4.0; the photos are CC12M's" in card
    assert "Densely Captioned Images: " not in card
    assert (
        len(datasets.load_dataset(str(tmp_path / "parquet"), "dci", split="test", cache_dir=str(tmp_path / "c"))) == 1
    )
    assert main(["export", out, "--format", "coco", "--out", str(tmp_path / "coco")]) == 0
    assert json.loads((tmp_path / "coco" / "source.json").read_text())["licence"] == SOURCES["gbc"].licence
    capsys.readouterr()
    assert main(["import", "list"]) == 0
    assert "CC-BY-NC-4.0" in capsys.readouterr().out
    assert main(["import", "nothing", "x"]) == 1
    assert "must be one of label-studio, " in capsys.readouterr().err
