"""Maps of grounding, as explore serves them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from support.results_documents import document
from support.studio import indexed

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.results.map_files import Maps, map_writer
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.studio.app import make_app
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.routes import explore_routes

MAP = np.array([[0.25, -0.5], [0.75, 1.0]])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with map_writer(tmp_path / "maps") as maps:
        maps.add("300207", "m-1-sc", MAP)
        maps.finish(document({}, "model-a"))
    return tmp_path / "maps"


@pytest.fixture
def client(odd: Path, folder: Path, tmp_path: Path) -> TestClient:
    search = indexed(ReleaseCollection(Release(odd), "odd"), tmp_path / "index")
    return TestClient(make_app([explore_routes(search, Maps(folder))]), base_url="http://localhost")


def test_they_are_served_once(client: TestClient) -> None:
    assert 'data-maps="model-a' in client.get("/").text
    answer = client.get("/api/maps/300207", params={"key": "m-1-sc"})
    assert np.array(answer.json()) == pytest.approx(MAP, abs=2e-5)
    known = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/maps/300207", params={"key": "m-1-sc"}, headers=known).status_code == 304
    assert client.get("/api/maps/999", params={"key": "m-1-sc"}).status_code == 404


@pytest.mark.parametrize("key", ["base", "../300207/m-1-sc", "..", "", "/etc/passwd"])
def test_regions_without_a_map(key: str, client: TestClient) -> None:
    answer = client.get("/api/maps/300207", params={"key": key})
    assert (answer.status_code, answer.json()) == (200, None)


def test_files_that_are_no_maps(client: TestClient, folder: Path, tmp_path: Path) -> None:
    def detail(key: str) -> str:
        answer = client.get("/api/maps/300207", params={"key": key})
        assert answer.status_code == 422
        return str(answer.json()["detail"])

    (folder / "300207" / "m-2-sc.png").write_bytes(b"PNG")
    assert "image 300207 region m-2-sc" in detail("m-2-sc")
    Image.new("RGB", (2, 2)).save(folder / "300207" / "m-3-sc.png")
    assert "is no 16-bit grey PNG" in detail("m-3-sc")
    Image.new("I;16", (513, 2)).save(folder / "300207" / "m-4-sc.png")
    assert "at most 512x512" in detail("m-4-sc")
    Image.new("I;16", (2, 2)).save(tmp_path / "secret.png")
    os.symlink(tmp_path / "secret.png", folder / "300207" / "m-5-sc.png")
    assert "leaves its folder" in detail("m-5-sc")
    assert "File name too long" in detail("m" * 300)


def test_folders_are_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ArgumentError, match="`maps` must be a folder of `dci eval --log-maps`"):
        Maps(folder / "none")
    with pytest.raises(DataError, match=re.escape("maps.json: cannot be read")):
        Maps(folder / "300207")
    header = folder / "maps.json"
    header.write_text(header.read_text().replace('"dci_maps": 1', '"dci_maps": 2'))
    with pytest.raises(DataError, match="maps.json: `dci_maps`"):
        Maps(folder)
    assert main(["explore", "--maps", str(folder), "--export", str(folder / "site")]) != 0
    assert "`--export` goes with neither" in " ".join(capsys.readouterr().err.split())
