"""Captions against those of siblings, and the page of random regions."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.generation_runs import command

from dcikit.captions.quality.margins import Margin, margins_document, sibling_margins
from dcikit.captions.quality.sheet import region_sheet
from dcikit.data.release import Release
from dcikit.data.sample.compose import make_scene
from dcikit.data.sample.release import write_image
from dcikit.data.sample.scene import Scene
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.engine.windows import Run


def drawn(folder: Path, scenes: Sequence[Scene]) -> Path:
    """A release of drawn scenes, in split test."""
    for part in ("annotations", "complete", "photos"):
        (folder / part).mkdir(parents=True)
    for scene in scenes:
        write_image(folder, scene, Random(scene.number))
    names = [f"{scene.number}-data.json" for scene in scenes]
    (folder / "splits.json").write_text(json.dumps({"train": [], "valid": [], "test": names}))
    return folder


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("some") / "release", [make_scene(Random(n), n) for n in range(8)])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one image of two things, both of which are scored, and none of their parts."""
    scenes = (make_scene(Random(number), number) for number in count())
    scene = next(scene for scene in scenes if scene.form == "pair")
    return drawn(tmp_path_factory.mktemp("pair") / "release", [scene])


def margins_of(release: Release) -> list[Margin]:
    return list(sibling_margins(release, release.names("test"), load_encoder(str(TINY_CLIP)), Run()))


def test_captions_of_two_siblings_exchanged(pair: Path, tmp_path: Path, capsys: Any) -> None:
    release = Release(pair)
    (name,) = release.names("test")
    right = margins_of(release)
    assert right[0].sibling == right[1].key and right[1].sibling == right[0].key
    assert all(each.margin > 0 for each in right)

    shutil.copytree(pair, tmp_path / "wrong")
    path = tmp_path / "wrong" / "complete" / name
    doc = json.loads(path.read_text())
    one, other = (each.key for each in right)
    doc["summaries"][one], doc["summaries"][other] = doc["summaries"][other], doc["summaries"][one]
    path.write_text(json.dumps(doc))
    wrong = margins_of(Release(tmp_path / "wrong"))
    assert [each.margin for each in wrong] == pytest.approx([-each.margin for each in right], abs=1e-5)

    arguments = ["--model", TINY_CLIP, "--output", tmp_path / "found.json", "--sheet", tmp_path / "sheet.html"]
    status, out, err = command("caption-quality", tmp_path / "wrong", *arguments, capsys=capsys)
    assert status == 0, err
    assert "Captions of siblings that fit better" in out
    found = json.loads((tmp_path / "found.json").read_text())
    assert {each["key"] for each in found["margins"]["misfits"]} == {one, other}
    assert found["masks"]["images_without_masks"] == 0
    assert (tmp_path / "sheet.html").read_text() == region_sheet(Release(tmp_path / "wrong"), [name], 0)


def test_the_worst_misfit_is_first() -> None:
    margins = [Margin("1", "a", "b", 0.2), Margin("1", "b", "a", -0.1), Margin("2", "a", "c", -0.4)]
    document = margins_document(margins)
    assert document["mean"] == -0.1 and document["regions"] == 3
    assert [(each["image_id"], each["margin"]) for each in document["misfits"]] == [("2", -0.4), ("1", -0.1)]
    assert margins_document([]) == {"regions": 0, "mean": None, "misfits": []}


def test_a_sheet_of_24_regions(some: Path) -> None:
    release = Release(some)
    names = release.names("test")
    sheet = region_sheet(release, names, 1)
    assert sheet == region_sheet(release, names, 1) != region_sheet(release, names, 2)
    shown = re.findall(r"image (\d+), (m-\d+-sc)", sheet)
    assert len(shown) == len({*shown}) == 24
    assert not re.search(r"https?:|<script|<link", sheet)
    image_id, key = shown[0]
    (mask,) = (
        mask for mask in release.read(f"{image_id}-data.json", summaries=True, photo=False).masks if mask.key == key
    )
    assert mask.quality != "bad" and mask.label in sheet and mask.caption in sheet


def test_a_sheet_shows_markup_as_text(pair: Path, tmp_path: Path) -> None:
    shutil.copytree(pair, tmp_path / "marked")
    (name,) = Release(pair).names("test")
    path = tmp_path / "marked" / "complete" / name
    doc: dict[str, Any] = json.loads(path.read_text())
    for mask in doc["mask_data"].values():
        mask["label"] = "<b>thing</b>"
    path.write_text(json.dumps(doc))
    sheet = region_sheet(Release(tmp_path / "marked"), [name], 0)
    assert "&lt;b&gt;thing&lt;/b&gt;" in sheet and "<b>" not in sheet
