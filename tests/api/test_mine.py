"""`dci mine`: photos and sentences in, pairs out that `dci train` reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from support import reference
from support.plain_rows import plain_rows

import dcikit
from dcikit.api.mine import crop_items, read_sentences
from dcikit.cli.main import main
from dcikit.data.sources import coco_captions

COLOURS = {"one.png": "red", "two.jpg": "blue", "three.png": "green"}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (name, colour) in enumerate(COLOURS.items()):
        Image.new("RGB", (70 + number, 60), colour).save(folder / name)
    (folder / "notes.txt").write_text("no photo")
    return folder


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "sentences.txt"
    path.write_text("\n a red wall and a door\na blue wall behind a tree\n\na red wall and a door\na green wall\n")
    return path


def test_from_photos_and_sentences_to_a_trained_model(
    odd: Path, photos: Path, sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pairs"
    assert main(["mine", str(sentences), "--photos", str(photos), "--output-dir", str(out), "--margin", "0.5"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    document = json.loads((out / "captions.json").read_text())
    pairs = {image["id"]: image["file_name"] for image in document["images"]}
    assert f"{len(pairs)} pairs of 3 crops and 3 sentences" in printed and pairs
    assert f"dci train --coco {out}/captions.json --images {photos}" in printed
    assert set(pairs.values()) <= set(COLOURS)
    for annotation in document["annotations"]:
        assert annotation["caption"] in read_sentences(sentences)
        assert annotation["margin"] >= 0.5 and -1 <= annotation["cosine"] <= 1
    assert document["info"]["neighbours"] == 4 and len(document["info"]["weights_sha256"]) == 64

    command = ["train", "--dataset", str(odd), "--coco", str(out / "captions.json"), "--images", str(photos)]
    command += ["--recipe", "p1-nl0", "--set", "num_train_epochs=1", "--output-dir", str(tmp_path / "m")]
    assert main(command) == 0
    assert f"{len(pairs)} regions of {len(pairs)} images" in capsys.readouterr().out
    assert (tmp_path / "m" / "adapter_model.safetensors").is_file()


def test_crops_of_a_release(odd: Path, tmp_path: Path) -> None:
    entries = [entry for entry in reference.entries(odd, "test") if entry["captions"]]
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(entry["captions"][0] for entry in entries))
    found = dcikit.mine(texts, tmp_path / "out", dataset=odd, split="test", margin=0, on_error="skip")
    crops = {f"{entry['image_id']}_{entry['key']}.jpg": entry["crop"] for entry in entries}
    written = sorted(path.name for path in found.images.iterdir())
    rows = coco_captions(found.captions, found.images).dataset
    assert len(rows) == found.pairs == len(written) > 0
    assert sorted(rows["file_name"]) == written
    for name in set(written) & set(crops):
        crop = crops[name]()
        with Image.open(found.images / name) as saved:
            assert saved.size == crop.size
            difference = ImageStat.Stat(ImageChops.difference(saved, crop)).mean
            assert max(difference) < 6  # of 255: a JPEG


def test_the_crops_are_those_of_sdci_whether_described_or_not(odd: Path, load: Any) -> None:
    regions = {
        (row["image_id"], region["key"]): tuple(region["crop_box"])
        for row in plain_rows(load("sdci", odd))
        for region in row["regions"]
    }
    items = {(item.image_id, item.key): item.box for row in plain_rows(load("dci", odd)) for item in crop_items(row)}
    assert set(regions) < set(items)
    assert {where: box for where, box in items.items() if where in regions and where[1] != "base"} == {
        where: box for where, box in regions.items() if where[1] != "base"
    }


def test_sentences_are_stripped_and_read_once(sentences: Path) -> None:
    assert read_sentences(sentences) == ["a red wall and a door", "a blue wall behind a tree", "a green wall"]


def test_a_photo_that_cannot_be_read(photos: Path, sentences: Path, tmp_path: Path) -> None:
    (photos / "bad.png").write_bytes(b"no image")
    with pytest.raises(dcikit.DataError, match="bad.png: the photo cannot be decoded"):
        dcikit.mine(sentences, tmp_path / "out", photos=photos, cache=False)
    assert not (tmp_path / "out").exists()
    found = dcikit.mine(sentences, tmp_path / "out", photos=photos, on_error="skip", cache=False)
    assert list(found.skipped) == ["bad.png"] and found.crops == 3


def test_what_cannot_be(photos: Path, sentences: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "captions.json").write_text("{}")
    for first, out, settings, message in (
        (sentences, "out", {}, "`photos` or `dataset` must be given"),
        (sentences, "out", {"photos": photos, "dataset": "x"}, "`photos` or `dataset` must be given"),
        (sentences, "out", {"photos": photos, "split": "test"}, "`split` is of `dataset`"),
        (sentences, "out", {"photos": photos, "neighbours": 0}, "`neighbours` must be at least 1, got 0"),
        (sentences, "done", {"photos": photos}, "`output_dir` must have no captions.json"),
        (tmp_path / "empty.txt", "out", {"photos": photos}, "has no sentence; give a text file with one a line"),
        (tmp_path / "latin.txt", "out", {"photos": photos}, "`byte 3`: is not UTF-8"),
        (tmp_path / "none.txt", "out", {"photos": photos}, "none.txt: cannot be read"),
    ):
        with pytest.raises(dcikit.DciError, match=message):
            dcikit.mine(first, tmp_path / out, **settings)
