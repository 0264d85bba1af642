"""`dci caption-quality`: every kind of finding, in a release made for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.generation_runs import command
from support.odd_release import NAME, edit, file_bytes

from dcikit.captions import Tokens
from dcikit.captions.quality import ImageQuality, QualityReport, check_image
from dcikit.captions.quality.photo import is_greyscale
from dcikit.data.release import Release

SUMMARY = "A photo of thing 0 and thing 2 in many colours."
NEGATIVES = {
    "basic": ["A photo of thing 0 and a zebra in many colours."],
    "layout": ["A photo of thing 2 above thing 0 in colours."],
    "swaps": ["A photo of thing 2 and thing 0 in many colours."],
}


@pytest.fixture
def tokens(processor: Any) -> Tokens:
    return Tokens(processor.tokenizer)


@pytest.fixture
def folder(one_image: Path) -> Path:
    """One image whose regions all have the same unobtrusive texts, number aside."""

    def write(doc: dict[str, Any]) -> None:
        for mask in doc["mask_data"].values():
            mask["label"] = {0: "thing 0", 1: "part 1", 2: "thing 2"}[mask["idx"]]
        for key in ("base", "m-0-sc", "m-1-sc"):
            doc["summaries"][key] = [SUMMARY]
            doc["negatives"][key] = NEGATIVES
        doc["summaries"]["m-0-sc"] = ["thing 0, with a part 1, seen from the front"]
        doc["summaries"]["m-1-sc"] = ["part 1, seen from the front"]
        sides = {"basic": "back", "layout": "left", "swaps": "top"}
        doc["negatives"]["m-1-sc"] = {kind: [f"part 1, seen from the {side}"] for kind, side in sides.items()}

    edit(one_image, NAME, write, kinds=("complete",))
    return one_image


def check(folder: Path, tokens: Tokens | None) -> ImageQuality:
    return check_image(Release(folder).read(NAME, summaries=True), tokens)


def found(folder: Path, tokens: Tokens | None, kind: str) -> dict[str, tuple[str, ...]]:
    return {f.key: f.details for f in check(folder, tokens).findings if f.kind == kind}


def texts(folder: Path, key: str, captions: list[str] | None = None, **negatives: list[str]) -> None:
    def change(doc: dict[str, Any]) -> None:
        if captions is not None:
            doc["summaries"][key] = captions
        doc["negatives"][key] = doc["negatives"][key] | negatives

    edit(folder, NAME, change, kinds=("complete",))


def test_nothing_to_find(folder: Path, tokens: Tokens) -> None:
    quality = check(folder, tokens)
    assert quality.findings == []
    assert quality.counts["regions"] == quality.counts["captions"] == 3
    assert quality.counts["labels"] == quality.counts["labels_first"] == 5


def test_labels_left_out(folder: Path, tokens: Tokens) -> None:
    texts(folder, "base", ["A photo of rectangles in many colours.", "thing 2"])
    texts(folder, "m-0-sc", ["Thing 0, its parts"])
    assert found(folder, tokens, "labels left out") == {"base": ("thing 0", "thing 2"), "m-0-sc": ("part 1",)}
    counts = check(folder, tokens).counts
    assert (counts["labels"], counts["labels_first"], counts["labels_any"]) == (5, 2, 3)


def test_inventions(folder: Path, tokens: Tokens) -> None:
    texts(folder, "m-1-sc", ["part 1, seen from the front", "An elephant in front of a part, and its elephants"])
    assert found(folder, tokens, "possible inventions") == {"m-1-sc": ("elephants",)}


def test_duplicates(folder: Path, tokens: Tokens) -> None:
    first = "part 1, seen from the front"
    texts(folder, "m-1-sc", [first, "part 1", "Part 1."], swaps=[first.upper()])
    texts(folder, "m-0-sc", ["thing 0 number 2 photo many", SUMMARY], basic=[SUMMARY])
    duplicates = found(folder, tokens, "duplicates")
    assert duplicates == {"m-0-sc": (SUMMARY,), "m-1-sc": ("Part 1.", first.upper())}
    texts(folder, "m-1-sc", [SUMMARY])
    assert found(folder, tokens, "duplicates")["m-1-sc"] == (f"{SUMMARY} (also of base)",)


def test_lengths(folder: Path, tokens: Tokens) -> None:
    long = "many colours and " * 60
    texts(folder, "base", basic=[long])
    apart = found(folder, tokens, "lengths apart")["base"]
    assert len(apart) == 1 and apart[0].startswith("basic: +")
    assert found(folder, tokens, "too long") == {"base": (long,)}
    assert found(folder, None, "too long") == found(folder, None, "lengths apart") == {}


def test_no_texts(folder: Path, tokens: Tokens) -> None:
    edit(folder, NAME, lambda doc: doc["summaries"].pop("m-1-sc"), kinds=("complete",))
    assert found(folder, tokens, "no texts") == {"m-1-sc": ()}


def test_length_alone() -> None:
    report = QualityReport()
    counts = {"swaps longer": 6, "swaps shorter": 2, "swaps equal": 2, "regions": 10}
    report.add(ImageQuality(5, True, True, type(report.counts)(counts)))
    report.add(ImageQuality(15, False, None))
    document = report.document()
    assert document["length_alone"] == {"basic": None, "layout": None, "swaps": 0.7}
    assert document["portrait"] == 0.5
    assert document["greyscale"] == 1.0  # of the one photo that was looked at
    assert document["words_an_image"] == {"mean": 10.0, "median": 10.0, "least": 5, "most": 15}


def test_greyscale() -> None:
    colours = Image.radial_gradient("L").resize((300, 200))
    assert is_greyscale(file_bytes(colours)) is True
    assert is_greyscale(file_bytes(colours.convert("RGB"))) is True
    mixed = Image.merge("RGB", (colours, colours.rotate(180).resize((300, 200)), Image.new("L", (300, 200), 90)))
    assert is_greyscale(file_bytes(mixed)) is False
    assert is_greyscale(b"no image") is None


def test_command(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dcikit.encoders.models import TINY_CLIP

    path = tmp_path / "quality.json"
    status, out, err = command("caption-quality", odd, "--tokenizer", TINY_CLIP, "--output", path, capsys=capsys)
    assert status == 0, err
    assert "To look at" in out
    document = json.loads(path.read_text())
    assert document["images"] == 12
    kinds = {finding["kind"] for finding in document["findings"]}
    assert kinds == set(document["regions_with"])
    assert document["greyscale"] == pytest.approx(1 / 12, abs=1e-4)  # 300013, mode L
    by_region = {(f["image_id"], f["key"], f["kind"]) for f in document["findings"]}
    assert ("90001", "m-6-sc", "duplicates") in by_region  # its first caption is the one of base
    assert ("90001", "m-0-sc", "duplicates") in by_region  # its swaps negative is its caption
    assert ("300004", "m-5-sc", "too long") in by_region
    assert ("300004", "base", "no texts") in by_region

    status, out, err = command("caption-quality", odd, "--split", "test", "--no-photos", "--show", "0", capsys=capsys)
    assert status == 0
    assert "Tokens are those of CLIP" in err
    assert "not counted" not in out
    assert "To look at" not in out
