"""The page of `dci report`: complete in itself, escaped, and true."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from support.mock_model import measure
from support.odd_release import edit
from support.results_documents import document, drawn, score

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.data.sample import NUMBERS
from dcikit.results.document import write_results
from dcikit.results.report import render, side_by_side_of
from dcikit.results.report.plot import axis
from dcikit.results.report.words import differing
from dcikit.results.sample_reader import read_samples
from dcikit.schema.results import Blind, Results

NASTY = '<script>alert("x")</script><img src=http://example.org/x.png>&amp;'

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page(HTMLParser):
    """The elements of a page, and the text of each."""

    VOID = ("meta", "img", "br", "circle", "line")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in self.VOID:
            self._open.append(self.elements[-1][2])

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for text in self._open:
            text.append(data)

    def texts(self, tag: str, of_class: str | None = None) -> list[str]:
        return [
            " ".join("".join(text).split())
            for name, attrs, text in self.elements
            if name == tag and (of_class is None or of_class in (attrs.get("class") or "").split())
        ]

    def images(self, of_class: str | None = None) -> list[Image.Image]:
        return [
            Image.open(io.BytesIO(base64.b64decode(str(attrs["src"]).removeprefix("data:image/jpeg;base64,"))))
            for name, attrs, _ in self.elements
            if name == "img" and attrs.get("class") == of_class
        ]


def page_of(*documents: Results) -> Page:
    sample_images = frozenset(map(str, NUMBERS))
    measured = side_by_side_of([(f"{index}.json", each) for index, each in enumerate(documents)])
    return Page(render(measured, sample_images=sample_images))


@pytest.fixture(scope="module")
def run(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release whose texts are HTML, two results of it, and a file of samples."""
    folder = tmp_path_factory.mktemp("run")
    shutil.copytree(odd, folder / "release")

    def spoil(doc: dict[str, Any]) -> None:
        for key, captions in doc["summaries"].items():
            texts = [captions] if isinstance(captions, str) else captions
            doc["summaries"][key] = [f"{NASTY} {text}" for text in texts]

    edit(folder / "release", "300207-data.json", spoil, kinds=("complete",))
    first = measure(folder / "release", NASTY, noise=2.0, samples=folder / "samples.parquet")
    write_results(first, folder / "a.json")
    write_results(measure(folder / "release", "other", noise=0.3), folder / "b.json")
    return folder


@pytest.fixture(scope="module")
def full(run: Path) -> Page:
    """The page with everything on it."""
    options = ["--log-samples", run / "samples.parquet", "--dataset", run / "release", "--failures", "40"]
    arguments = ["report", run / "a.json", run / "b.json", "--output", run / "report.html", *options]
    assert main([str(argument) for argument in arguments]) == 0
    return Page((run / "report.html").read_text(encoding="utf-8"))


def test_nothing_is_loaded_and_nothing_runs(run: Path, full: Page) -> None:
    for tag, attrs, _ in full.elements:
        assert tag not in ("script", "link", "iframe", "object", "base", "form"), tag
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                assert str(value).startswith(("#", "data:image/jpeg;base64,")), value
    styles = full.texts("style")[0]
    assert "url(" not in styles
    assert "@import" not in styles
    assert not list(run.glob(".*")), "no temporary file is left"


def test_texts_are_escaped(full: Page) -> None:
    assert NASTY in full.texts("td")  # the model's name
    assert any(NASTY in text for text in full.texts("p", "own"))
    assert not [attrs for tag, attrs, _ in full.elements if "example.org" in str(attrs.get("src"))]


def test_gallery_shows_the_failures_with_their_crops_and_captions(run: Path, full: Page) -> None:
    columns = ["image_id", "key", "correct", "own", "rival", "margin", "chosen"]
    wrong = []
    for name in ("all_scm", "all_neg"):
        rows = read_samples(run / "samples.parquet", name, columns).to_pylist()
        wrong += sorted((row for row in rows if not row["correct"]), key=lambda row: row["margin"])
    release = Release(run / "release")
    owns, chosens, crops = full.texts("p", "own"), full.texts("p", "chosen"), full.images()
    smalls = iter(full.images("small"))
    assert len(wrong) == len(owns) == len(chosens) == len(crops) > 5

    def region(image_id: str, key: str) -> tuple[dict[str, Any], Image.Image]:
        row = sdci_row(release.read(f"{image_id}-data.json", summaries=True))
        found = next(region for region in row["regions"] if region["key"] == key)
        return found, Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB").crop(found["crop_box"])

    def alike(shown: Image.Image, crop: Image.Image) -> bool:
        difference = ImageChops.difference(shown.convert("RGB"), crop.resize(shown.size))
        same_shape = abs(shown.width / shown.height - crop.width / crop.height) < 0.02
        return same_shape and max(ImageStat.Stat(difference).mean) < 35  # dithered photos: 22; other crops: 50 and more

    for row, own, chosen, shown in zip(wrong, owns, chosens, crops, strict=True):
        entry, crop = region(row["image_id"], row["key"])
        assert max(shown.size) <= 360
        assert alike(shown, crop)
        assert own == " ".join(f"its own {row['own']:.3f} {entry['captions'][0]}".split())
        if "/" in row["chosen"]:
            other, other_crop = region(*row["chosen"].split("/"))
            assert chosen == " ".join(f"chosen {row['rival']:.3f} {other['captions'][0]}".split())
            assert alike(next(smalls), other_crop)
        else:
            assert chosen == f"chosen, swaps {row['rival']:.3f} {entry['negatives']['swaps'][0]}"


def test_values_and_intervals_are_those_of_the_files(run: Path, full: Page) -> None:
    cells = full.texts("td")
    for name in ("a", "b"):
        for each in json.loads((run / f"{name}.json").read_text())["scores"].values():
            low, high = (100 * end for end in each["interval"])
            assert f"{100 * each['value']:.2f}{low:.1f} to {high:.1f}" in cells


def test_provenance(run: Path, full: Page) -> None:
    cells = full.texts("td")
    result = json.loads((run / "a.json").read_text())
    for value in (result["dataset"]["fingerprint"], result["date"], NASTY, "float32", str(run / "a.json")):
        assert value in cells
    rows = dict(zip(full.texts("tr"), (attrs for tag, attrs, _ in full.elements if tag == "tr"), strict=True))
    assert next(attrs for text, attrs in rows.items() if text.startswith("weights sha256"))["class"] == "differs"


def test_without_decisions_or_data_the_page_says_how_to_get_them(run: Path) -> None:
    def explained(*options: Path | str) -> str:
        arguments = ["report", run / "a.json", "--output", run / "other.html", *options]
        assert main([str(argument) for argument in arguments]) == 0
        page = Page((run / "other.html").read_text())
        assert not page.images()
        return " ".join(page.texts("div", "how"))

    assert "dci eval --model MODEL" in explained()
    assert "regions are wrong in All SCM" in explained("--log-samples", run / "samples.parquet")


@pytest.mark.parametrize(("chance", "bold"), [(0.9, True), (0.52, False)])
def test_bold_is_what_is_really_better(chance: float, bold: bool) -> None:
    others = [document({"all_scm": drawn(seed, 0.5)}) for seed in (1, 3)]
    best = document({"all_scm": drawn(2, chance)})
    page = page_of(others[0], best, others[1])
    expected = [f"{100 * (best.scores['all_scm'].value or 0):.2f}"] if bold else []
    assert [text for text in page.texts("b") if text != "Bold"] == expected


def test_best_of_what_cannot_be_compared_is_not_bold() -> None:
    other = document({"all_scm": drawn(2, 0.9)}, dataset__fingerprint="xyz")
    page = page_of(document({"all_scm": drawn(1, 0.1)}), other)
    assert page.texts("b") == []
    assert "B cannot be compared with A: the fingerprints differ: abc and xyz." in page.texts("li")


def test_notices() -> None:
    counts = {str(number): (1, 2) for number in NUMBERS[:3]}
    first = document({"all_scm": counts}, dataset__limit=7)
    second = document({"all_scm": drawn(1, 0.5)}, dataset__id="sample", dataset__skipped={"5": "is no JPEG"})
    notices = page_of(first, second).texts("li")
    assert "A: measured on the first 7 images only, not comparable with published numbers." in notices
    assert "A: measured on the drawn sample, which says nothing about photographs." in notices, "whatever it is called"
    assert "B: images were skipped, for they have defects: 5 (is no JPEG)." in notices
    assert any("image 5 was skipped in one of them only" in notice for notice in notices)


def test_a_page_of_results_with_skipped_images(odd: Path, tmp_path: Path) -> None:
    """As `dci eval --on-error skip` writes them."""
    shutil.copytree(odd, tmp_path / "release")
    name = Release(odd).names("test")[1]
    number = name.removesuffix("-data.json")
    (tmp_path / "release" / "photos" / f"sa_{number}.jpg").write_bytes(b"no photo")
    results, page = tmp_path / "results.json", tmp_path / "page.html"
    command = ["eval", "--dataset", str(tmp_path / "release"), "--on-error", "skip", "--output", str(results)]
    assert main(command) == 0
    assert main(["report", str(results), "--output", str(page)]) == 0
    assert any(
        f"A: images were skipped, for they have defects: {number}" in li for li in Page(page.read_text()).texts("li")
    )


def test_blind_baselines_and_chance_are_shown() -> None:
    blind = Blind(scores={"length_swaps": score({"1": (1, 4)}), "blank_all_neg": score({"1": (2, 4)})}, encoder=None)
    results = document({"all_scm": {"1": (3, 4), "2": (5, 6)}, "all_neg": {"1": (3, 4)}})
    page = page_of(results.model_copy(update={"blind": blind}))
    rows = page.texts("tr")
    assert any(row.startswith("prefers the longer text 25.00") for row in rows)
    assert any(row.startswith("the model, before a grey photo 50.00") for row in rows)
    assert any(row.startswith("the model, with the image 75.00") for row in rows)
    assert any(row.startswith("All SCMchance 20.0") for row in rows), "two groups of ten regions: two are right"
    assert [attrs for tag, attrs, _ in page.elements if tag == "line" and attrs.get("class") == "chance"]


def test_slices_are_shown(full: Page) -> None:
    assert {"mask depth", "crop area", "caption words"} <= set(full.texts("th"))
    assert "the whole image" in full.texts("th")


def test_samples_of_another_result_are_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["report", run / "b.json", "--output", run / "other.html", "--log-samples", run / "samples.parquet"]
    assert main([str(argument) for argument in arguments]) == 1
    assert "the samples are of" in capsys.readouterr().err


def test_inputs_are_not_overwritten(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (run / "a.json").read_bytes()
    assert main(["report", str(run / "a.json"), "--output", str(run / "." / "a.json")]) == 1
    assert "must be a new file" in capsys.readouterr().err
    assert (run / "a.json").read_bytes() == before


def test_scores_of_other_tasks_stand_beside_each_other() -> None:
    other = document({"t2i_r@1": drawn(1, 0.5), "new_score": {}}, protocol__name="lotlip")
    page = page_of(document({"all_scm": {"1": (1, 2)}}), other)
    headings = page.texts("th")
    assert {"T2I R@1", "new_score"} <= set(headings)
    assert any(heading.startswith("All SCM") for heading in headings)


def cut_captions(doc: dict[str, Any]) -> None:
    """Another data set: one caption of one word each."""
    doc["summaries"] = {key: "cut" for key in doc.get("summaries", {})}


def test_wrong_calls(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(message: str, *arguments: Path | str) -> None:
        assert main(["report", *map(str, arguments)]) == 1
        assert message in capsys.readouterr().err
        assert not list(tmp_path.glob("*.html"))

    page = tmp_path / "page.html"
    fails("--output", run / "a.json", "--output", tmp_path / "no" / "page.html")
    fails("`--dataset` needs `--log-samples`", run / "a.json", "--output", page, "--dataset", run / "release")
    decisions = ("--log-samples", run / "samples.parquet")
    shutil.copytree(run / "release", tmp_path / "other")
    for name in Release(tmp_path / "other").names("test"):
        edit(tmp_path / "other", name, cut_captions, kinds=("complete",))
    fails(
        "give the data that was scored", run / "a.json", "--output", page, *decisions, "--dataset", tmp_path / "other"
    )
    broken = json.loads((run / "a.json").read_text())
    broken["scores"]["all_scm"]["value"] = "<b>"
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    fails(
        "broken.json: `scores.all_scm.value`: input should be a valid number, got '<b>'",
        tmp_path / "broken.json",
        "--output",
        page,
    )


def test_words_that_differ() -> None:
    own, other = differing("a red  car and a dog", "a dog car and a red one")
    assert [piece.text for piece in own if piece.differs] == ["red", "dog"]
    assert [piece.text for piece in other if piece.differs] == ["dog", "red one"]
    assert " ".join(piece.text for piece in own) == "a red car and a dog"


@pytest.mark.parametrize("ends", [(0.0, 1.0), (0.42, 0.57), (0.999, 1.0), (0.5, 0.5), (1.0, 1.0), (0.0, 0.0)])
def test_axis_holds_the_interval(ends: tuple[float, float]) -> None:
    ticks = axis(*ends)
    assert 0 <= ticks[0] <= ends[0] <= ends[1] <= ticks[-1] <= 1
    assert 2 <= len(ticks) <= 6


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; apt-get install -y chromium")
class TestInChromium:
    """The page as a browser shows it."""

    @staticmethod
    def browse(folder: Path, url: Path, *options: str) -> str:
        arguments = [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", *options, url.as_uri(),
        ]  # fmt: skip
        return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=True).stdout

    def test_fits_a_phone_and_shows_every_image(self, run: Path, full: Page, tmp_path: Path) -> None:
        frame = tmp_path / "frame.html"
        frame.write_text(
            f'<iframe src="{(run / "report.html").as_uri()}" style="width:390px;height:800px;border:0"></iframe>'
            "<script>onload = () => { const page = frames[0].document;"
            "document.title = [page.documentElement.scrollWidth, page.querySelectorAll('svg circle').length,"
            "[...page.images].filter(image => image.naturalWidth > 0).length, page.images.length].join() }</script>"
        )
        dom = self.browse(tmp_path, frame, "--allow-file-access-from-files", "--dump-dom")
        found = re.search(r"<title>([\d,]+)</title>", dom)
        assert found, dom
        width, marks, loaded, images = map(int, found[1].split(","))
        assert width == 390
        assert marks == 2 * 13
        assert loaded == images == len(full.images()) + len(full.images("small"))

    def test_light_and_dark(self, run: Path, full: Page, tmp_path: Path) -> None:
        brightness = {}
        for name, scheme in {"dark": 0, "light": 1}.items():
            picture = tmp_path / f"{name}.png"
            options = (f"--blink-settings=preferredColorScheme={scheme}", "--window-size=1200,900")
            self.browse(tmp_path, run / "report.html", *options, f"--screenshot={picture}")
            with Image.open(picture) as image:
                statistics = ImageStat.Stat(image.convert("L"))
                brightness[name] = statistics.mean[0]
                assert statistics.stddev[0] > 5, "an empty page"
        assert brightness["dark"] < 60
        assert brightness["light"] > 200
