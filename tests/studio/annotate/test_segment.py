"""Clicks on the server: a small random model, each photo embedded once."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from support.drawn_release import write_drawn_release
from support.tiny_sams import make_sam

from dcikit.data.release import Release
from dcikit.masks.click import mask_at
from dcikit.studio.annotate.routes import annotate_routes
from dcikit.studio.annotate.segment import Segmenter
from dcikit.studio.annotate.settings import Settings
from dcikit.studio.app import make_app
from dcikit.studio.store.store import Store


def test_a_click_gives_a_mask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_drawn_release(tmp_path / "release")
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (8, 12, 3), dtype=np.uint8)).save(folder / "photos" / "1.png")
    sam = make_sam("sam")
    embedded = sam.embed(Image.open(folder / "photos" / "1.png"))
    expected = mask_at(embedded, np.array([[3.0, 2.0], [9.0, 6.0]]), np.array([True, False]))
    assert expected is not None
    count, embed = [], sam.embed
    monkeypatch.setattr(sam, "embed", lambda photo: count.append(1) or embed(photo))
    with Store(Release(folder)) as store:
        routes = annotate_routes(store, Settings(), Segmenter(sam))
        client = TestClient(make_app([routes]), base_url="http://localhost", headers={"Origin": "http://localhost"})
        assert client.get("/api/settings").json()["segments"] is True
        for _ in range(2):
            answer = client.post("/api/images/1/segment", json={"points": [[3, 2, True], [9, 6, False]]})
            assert answer.headers["Content-Type"] == "image/png"
            assert (np.asarray(Image.open(io.BytesIO(answer.content))) == np.asarray(expected)).all()
        assert count == [1]
        for points in ([], [[13, 2, True]], [[1, 2]], [[float("1e999"), 0, True]]):
            body = str(points).replace("True", "true").replace("inf", "1e999")
            answer = client.post(
                "/api/images/1/segment", content=f'{{"points": {body}}}', headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422
        assert client.post("/api/images/7/segment", json={"points": [[3, 2, True]]}).status_code == 422
