"""`load_dataset("dci", ...)` against the slow reference, and every way to load."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
from PIL import Image
from support import reference
from support.odd_release import NAME, edit
from support.plain_rows import plain_rows

from dcikit.engine.rows import skipped_images

Load = Callable[..., Any]


def names(folder: Path, split: str) -> list[str]:
    return json.loads((folder / "splits.json").read_text())[split]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_sdci_rows_equal_the_reference(odd: Path, load: Load, split: str) -> None:
    found = [
        {"image_id": row["image_id"], **region}
        for row in plain_rows(load("sdci", odd, split=split))
        for region in row["regions"]
    ]
    expected = reference.entries(odd, split)
    assert len(found) == len(expected) > 0
    for region, entry in zip(found, expected, strict=True):
        for field in ("image_id", "key", "bbox", "crop_box", "captions", "negatives"):
            assert region[field] == entry[field], (entry["image_id"], entry["key"], field)
        scores = entry["clip_scores"]
        if scores is None:
            assert region["clip_scores"] is None
        else:
            assert region["clip_scores"]["caption"] == scores["sum"]
            for kind, texts in entry["negatives"].items():
                assert region["clip_scores"][kind] == [scores.get(f"{kind}_{i}") for i in range(len(texts))]


def test_sdci_crops_are_the_protocols_pixels(odd: Path, load: Load) -> None:
    rows = load("sdci", odd)
    crops = [row["image"].convert("RGB").crop(region["crop_box"]) for row in rows for region in row["regions"]]
    expected = [entry["crop"]() for entry in reference.entries(odd, "test")]
    assert [crop.tobytes() for crop in crops] == [crop.tobytes() for crop in expected]


def test_dci_rows_hold_what_the_annotators_wrote(odd: Path, load: Load) -> None:
    dataset = load("dci", odd)
    assert str(dataset.info.version) == "1.1.0"
    rows = plain_rows(dataset)
    assert [row["image_id"] for row in rows] == [name.removesuffix("-data.json") for name in names(odd, "test")]
    for row in rows:
        doc = reference.load(odd, f"{row['image_id']}-data.json", "annotations")
        assert row["file_name"] == doc["image"]
        assert row["image"]["bytes"] == (odd / "photos" / doc["image"]).read_bytes()
        assert (row["width"], row["height"]) == Image.open(io.BytesIO(row["image"]["bytes"])).size
        assert row["short_caption"] == doc["short_caption"]
        assert row["extra_caption"] == doc["extra_caption"]
        assert row["description"] == reference.image_description(doc)
        assert len(row["masks"]) == len(doc["mask_data"])
        for mask, raw in zip(row["masks"], doc["mask_data"].values(), strict=True):
            assert mask["mask_id"] == str(raw["idx"])
            assert mask["parent_id"] == (None if str(raw["parent"]) == "-1" else str(raw["parent"]))
            assert mask["child_ids"] == [str(child) for child in raw["requirements"]]
            assert mask["label"] == (raw.get("label") or "")
            assert mask["caption"] == (raw.get("caption") or "")
            assert mask["quality"] == ["ok", "low_quality", "bad"][raw["mask_quality"]]
            assert mask["bbox"] == reference.bounds(doc, raw)
            assert mask["area"] == raw["area"]
            assert mask["mask"]["bytes"] == base64.b64decode(raw["outer_mask"])
            assert mask["description"] == reference.mask_description(doc, raw)


def test_masks_and_photos_decode(odd: Path, load: Load) -> None:
    row = load("dci", odd)[0]
    assert row["image"].size == (row["width"], row["height"])
    assert row["masks"][0]["mask"].mode == "1"


@pytest.mark.parametrize("config", ["dci", "sdci"])
def test_streaming_and_processes_give_the_same_rows(odd: Path, load: Load, tmp_path: Path, config: str) -> None:
    expected = plain_rows(load(config, odd))
    assert plain_rows(load(config, odd, streaming=True)) == expected
    assert plain_rows(load(config, odd, num_proc=2, cache_dir=str(tmp_path / "parallel"))) == expected
    assert [row["image_id"] for row in load(config, odd, streaming=True)] == [row["image_id"] for row in expected]


@pytest.mark.parametrize("config", ["dci", "sdci"])
def test_without_photos_everything_else_is_there(odd: Path, load: Load, tmp_path: Path, config: str) -> None:
    expected = [{**row, "image": None} for row in plain_rows(load(config, odd))]
    shutil.copytree(odd, tmp_path / "bare", ignore=shutil.ignore_patterns("photos"))
    bare = load(config, tmp_path / "bare", photos=False)
    assert [row for row in plain_rows(bare) if row["image_id"] != "300099"] == [
        row for row in expected if row["image_id"] != "300099"
    ]
    assert bare[0]["image"] is None


def test_image_without_summaries_has_a_row_without_regions(odd: Path, load: Load) -> None:
    regions = {row["image_id"]: row["regions"] for row in plain_rows(load("sdci", odd))}
    assert regions["300150"] == []


def test_a_bad_record_stops_the_build_and_names_itself(odd: Path, load: Load, tmp_path: Path) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    edit(tmp_path / "bad", "300004-data.json", lambda doc: doc.pop("short_caption"))
    for options in ({}, {"streaming": True}, {"num_proc": 2}):
        with pytest.raises(Exception, match=r"300004-data\.json: `short_caption`: .*missing; ") as caught:
            plain_rows(load("dci", tmp_path / "bad", **options))
        assert type(caught.value).__name__ == "DatasetGenerationError"
    assert not list((tmp_path / "cache").glob("dci/*/*/*/*.arrow")), "nothing half-written"


def test_skip_leaves_out_bad_images_and_says_which(odd: Path, load: Load, tmp_path: Path) -> None:
    shutil.copytree(odd, tmp_path / "bad")
    edit(tmp_path / "bad", "300004-data.json", lambda doc: doc.pop("short_caption"))
    (tmp_path / "bad" / "photos" / "sa_300013.jpg").unlink()
    for options in ({}, {"streaming": True}, {"num_proc": 2, "cache_dir": str(tmp_path / "other")}):
        dataset = load("sdci", tmp_path / "bad", on_error="skip", **options)
        assert [row["image_id"] for row in plain_rows(dataset)] == ["300207", "300150", "90001", "300099"]
        assert '"split": "test", "images": 6, "skipped": ["300013", "300004"]' in dataset.info.description


@pytest.fixture(scope="module")
def bad(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release whose splits train and test have one image and two with defects."""
    folder = tmp_path_factory.mktemp("bad") / "release"
    shutil.copytree(odd, folder)
    for name in ("300013-data.json", "300004-data.json", names(folder, "train")[0]):
        edit(folder, name, lambda doc: doc.pop("short_caption"))
    return folder


IN_TEST = {"300013", "300004"}


@pytest.mark.parametrize("streaming", [False, True])
def test_skipped_images_are_those_of_any_union_of_splits(bad: Path, load: Load, streaming: bool) -> None:
    in_train = {names(bad, "train")[0].removesuffix("-data.json")}
    expected = {"test": IN_TEST, "train": in_train, "validation": set(), "all": IN_TEST | in_train}
    if not streaming or int(datasets.__version__.split(".")[0]) >= 5:
        expected["train+test"] = IN_TEST | in_train
        expected["validation+test"] = IN_TEST
    if streaming and int(datasets.__version__.split(".")[0]) < 5:
        expected.pop("all")
    for split, skipped in expected.items():
        found = skipped_images(load("sdci", bad, split=split, on_error="skip", streaming=streaming))
        assert len(found) == len(skipped), split
        assert set(found) == skipped, split
    splits = load("sdci", bad, split=None, on_error="skip", streaming=streaming)
    assert {name: set(skipped_images(rows)) for name, rows in splits.items()} == {
        name: expected[name] for name in ("train", "validation", "test")
    }
    joined = datasets.concatenate_datasets([splits["train"], splits["test"]])
    assert set(skipped_images(joined)) == IN_TEST | in_train
    twice = datasets.concatenate_datasets([joined, splits["test"], splits["validation"]])
    assert sorted(skipped_images(twice)) == sorted(IN_TEST | in_train)


def test_skipped_images_survive_what_is_done_to_a_dataset(bad: Path, load: Load, tmp_path: Path) -> None:
    rows = load("sdci", bad, split="test[:2]", on_error="skip")
    spelled = load("sdci", bad, split=datasets.ReadInstruction("test", to=2, unit="abs"), on_error="skip")
    listed = load("sdci", bad, split=["validation", "test"], on_error="skip")[1]
    rows.save_to_disk(tmp_path / "saved")
    for changed in (
        rows,
        spelled,
        listed,
        rows.select([0]),
        rows.filter(lambda row: True),
        rows.shuffle(seed=0),
        datasets.load_from_disk(tmp_path / "saved"),
    ):
        assert set(skipped_images(changed)) == IN_TEST


@pytest.mark.parametrize("kinds", [("complete",), ("photos",)])
def test_a_changed_release_is_not_served_from_the_cache(one_image: Path, load: Load, kinds: tuple[str]) -> None:
    def first() -> Any:
        return plain_rows(load("sdci", one_image))[0]

    before = first()
    if kinds == ("photos",):
        path = next((one_image / "photos").iterdir())
        with Image.open(path) as image:
            image.rotate(180).save(path, "JPEG")
        assert first()["image"] != before["image"]
    else:
        edit(one_image, NAME, lambda doc: doc["summaries"].update(base=["another"]), kinds=kinds)
        assert first()["regions"][0]["captions"] == ["another"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "ignore"}, "on_error"),
        ({"data_dir": None}, "data_dir"),
    ],
)
def test_wrong_options(one_image: Path, options: dict[str, Any], message: str) -> None:
    from dcikit.data.builder import Dci

    with pytest.raises(ValueError, match=message):
        Dci(config_name="sdci", **{"data_dir": str(one_image), **options})


def test_unknown_split_and_config(one_image: Path, load: Load) -> None:
    with pytest.raises(ValueError, match="train"):
        load("sdci", one_image, split="train")
    with pytest.raises(ValueError, match="sdci"):
        load("summaries", one_image)


@pytest.mark.skipif(int(datasets.__version__.split(".")[0]) >= 4, reason="datasets 4 dropped loading scripts")
def test_as_a_loading_script(odd: Path, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dci_dataset import dci

    script = datasets.load_dataset(
        dci.__file__,
        "sdci",
        data_dir=str(odd),
        split="test",
        trust_remote_code=True,
        cache_dir=str(tmp_path / "script"),
    )
    assert plain_rows(script) == plain_rows(load("sdci", odd))


def test_regions_are_the_image_and_every_mask(odd: Path, load: Load) -> None:
    rows, crops = plain_rows(load("regions", odd, photos=False)), load("regions", odd)["crop"]
    expected = [
        (row["image_id"], key, mask)
        for row in plain_rows(load("dci", odd, photos=False))
        for key, mask in [("base", None), *((f"m-{mask['mask_id']}-sc", mask) for mask in row["masks"])]
    ]
    assert [(row["image_id"], row["key"]) for row in rows] == [(image_id, key) for image_id, key, _ in expected]
    scored = {(each["image_id"], each["key"]): each for each in reference.entries(odd, "test")}
    for row, crop, (image_id, key, mask) in zip(rows, crops, expected, strict=True):
        for name in ("mask_id", "parent_id", "label", "caption", "quality", "bbox", "area", "mask") if mask else ():
            assert row[name] == mask[name], (image_id, key, name)
        x0, y0, x1, y1 = row["crop_box"]
        assert crop.size == (x1 - x0, y1 - y0)
        assert row["crop"] is None
        if entry := scored.pop((image_id, key), None):
            assert [row[name] for name in ("crop_box", "captions", "negatives")] == [
                entry[name] for name in ("crop_box", "captions", "negatives")
            ]
    assert not scored


def test_a_crop_is_not_turned(one_image: Path, load: Load) -> None:
    [photo] = (one_image / "photos").iterdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    before = Image.open(photo).convert("RGB")
    before.save(photo, "JPEG", exif=exif, quality=95)
    stored = Image.open(photo).convert("RGB")
    base = load("regions", one_image)[0]["crop"]
    assert base.size == stored.size == (700, 560), "`datasets` would turn the photo's own bytes"


def test_regions_of_a_release_without_summaries(one_image: Path, load: Load) -> None:
    shutil.rmtree(one_image / "complete")
    rows = load("regions", one_image, photos=False)
    assert [row["key"] for row in rows] == ["base", "m-0-sc", "m-1-sc", "m-2-sc"]
    assert rows[1]["caption"] == "The thing numbered 0, seen from the front."
    assert (rows[1]["captions"], rows[1]["negatives"]["swaps"], rows[1]["clip_scores"]) == ([], [], None)
