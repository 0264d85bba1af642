"""The failures of a pair benchmark in the page of `dci report`."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from support.pair_benchmarks import COLOURS, FORMATS, write

from dcikit.cli.main import main
from dcikit.results.sample_reader import read_samples


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def page(folder: Path, name: str, options: list[str]) -> str:
    """The page of a benchmark that the tiny CLIP was scored on."""
    scored = [
        "eval",
        "--task",
        "pairs",
        "--benchmark",
        name,
        *options,
        "--log-samples",
        str(folder / "samples.parquet"),
    ]
    assert main([*scored, "--output", str(folder / "results.json")]) == 0
    shown = ["report", str(folder / "results.json"), "--log-samples", str(folder / "samples.parquet")]
    assert main([*shown, "--output", str(folder / "page.html")]) == 0
    return (folder / "page.html").read_text()


def galleries(html: str) -> list[str]:
    """The failures of each score."""
    return html[html.index('id="failures"') :].split("<h3>")[1:]


def colours(html: str) -> list[str]:
    """The colours of the photos in a part of the page."""
    found = []
    for data in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html):
        pixel = Image.open(io.BytesIO(base64.b64decode(data))).getpixel((5, 5))
        names = {name: Image.new("RGB", (1, 1), name).getpixel((0, 0)) for name in (*COLOURS, "pink")}
        found.append(min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], pixel, strict=True))))
    return found


def test_a_preferred_negative_stands_beside_its_caption(tmp_path: Path) -> None:
    parts, row = FORMATS["sugarcrepe"]
    for part in parts:
        write(tmp_path / "copy" / part, [row(colour) for colour in COLOURS])
    [shown] = galleries(page(tmp_path, "sugarcrepe", ["--dataset", str(tmp_path / "copy")]))
    samples = read_samples(tmp_path / "samples.parquet", "pairs", ["key", "correct", "margin"]).to_pylist()
    wrong = sorted((each for each in samples if not each["correct"]), key=lambda each: each["margin"])
    assert wrong, "an untrained question: some are wrong"
    assert f"{len(wrong)} wrong" in shown and "chosen, negative 1" in shown
    worst = [COLOURS[int(each["key"].rpartition("/")[2])] for each in wrong[:12]]
    assert colours(shown) == worst
    assert f"<mark>{'no'}</mark>" in shown and f"{worst[0]} wall" in shown


def test_the_two_photos_of_a_square(tmp_path: Path) -> None:
    _, row = FORMATS["winoground"]
    write(tmp_path / "copy", [row(colour) for colour in COLOURS])
    by_text, by_photo = galleries(page(tmp_path, "winoground", ["--dataset", str(tmp_path / "copy")]))
    assert "The other photo's caption was preferred" in by_text.replace("&#39;", "'")
    assert "The other caption's photo was preferred" in by_photo.replace("&#39;", "'")
    samples = read_samples(tmp_path / "samples.parquet", "pairs_image", ["key", "chosen", "margin"]).to_pylist()
    expected = []
    for each in sorted(samples, key=lambda each: each["margin"]):
        if each["chosen"] != "caption":  # other_0: caption 0 preferred photo 1, which is pink
            both = [COLOURS[int(each["key"])], "pink"]
            expected += both if each["chosen"] == "other_0" else both[::-1]
    assert expected and colours(by_photo) == expected


def test_data_that_was_not_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, row = FORMATS["aro-coco-order"]
    write(tmp_path / "copy", [row(colour) for colour in COLOURS])
    write(tmp_path / "other", [row("black") for _ in COLOURS])
    page(tmp_path, "aro-coco-order", ["--dataset", str(tmp_path / "copy")])
    shown = ["report", str(tmp_path / "results.json"), "--log-samples", str(tmp_path / "samples.parquet")]
    capsys.readouterr()
    assert main([*shown, "--dataset", str(tmp_path / "other"), "--output", str(tmp_path / "page.html")]) == 1
    assert "the data has not; give what was scored" in capsys.readouterr().err
