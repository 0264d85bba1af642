"""`croissant.json` of an export, read by mlcroissant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dcikit.data.release import Release
from dcikit.hub.croissant import croissant
from dcikit.hub.export import export_release
from dcikit.hub.manifest import read_manifest

mlcroissant = pytest.importorskip("mlcroissant")


@pytest.fixture(scope="module")
def exported(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("croissant") / "dci"
    export_release(Release(odd), out, photos=True, num_proc=1)
    return out


def issues(path: Path) -> Any:
    return mlcroissant.Dataset(jsonld=str(path)).metadata.ctx.issues


def test_it_is_valid(exported: Path) -> None:
    found = issues(exported / "croissant.json")
    assert not found.errors and not found.warnings


def test_mlcroissant_reads_every_row(exported: Path, odd: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(exported / "croissant.json"))
    rows = [row for row in dataset.records("dci") if row["dci/split"] == b"test"]
    release = Release(odd)
    for row, name in zip(rows, release.names("test"), strict=True):
        record = release.read(name, summaries=False, photo=False)
        assert row["dci/image_id"].decode() == record.image_id
        assert row["dci/image"].size == (record.width, record.height)
        masks = [(each["dci/masks/caption"].decode(), each["dci/masks/mask"].size) for each in row["dci/masks"]]
        assert masks == [(mask.caption, (record.width, record.height)) for mask in record.masks]
    regions = list(dataset.records("regions"))
    assert sum(row["regions/key"] == b"base" for row in regions) == 12
    swaps = [row["regions/negatives"]["regions/negatives/swaps"] for row in regions]
    assert sum(map(len, swaps)) > 12


def test_every_file_is_there_with_its_hash(exported: Path) -> None:
    document = json.loads((exported / "croissant.json").read_text())
    files = {each["contentUrl"]: each["sha256"] for each in document["distribution"] if "contentUrl" in each}
    assert files == {each.path: each.sha256 for each in read_manifest(exported).files}


def test_an_import_keeps_licence_and_source(exported: Path, tmp_path: Path) -> None:
    about = {"name": "x", "title": "Photos of X", "homepage": "https://x.example", "licence": "CC0-1.0"}
    path = tmp_path / "croissant.json"
    path.write_text(croissant(read_manifest(exported).files, about))
    assert not issues(path).errors
    document = json.loads(path.read_text())
    assert [document[name] for name in ("name", "license", "url")] == ["Photos of X", "CC0-1.0", "https://x.example"]
    assert "citeAs" not in document
