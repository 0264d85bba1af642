"""What the page of the annotators fetches and sends. Release: 12 x 8 pixels, mask 1 in mask 0, mask 2 beside it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from support.drawn_release import write_drawn_release

from dcikit.data.release import Release
from dcikit.studio.annotate.routes import annotate_routes
from dcikit.studio.annotate.settings import Settings
from dcikit.studio.app import make_app
from dcikit.studio.store.store import Store

ORIGIN = {"Origin": "http://localhost"}
MARKUP = "</script><img src=x onerror=alert(1)>\"'`${1}"


class Page:
    """A page of somebody's, that remembers the version."""

    def __init__(self, client: TestClient, author: str) -> None:
        self.client, self.author, self.session, self.events = client, author, f"tab of {author}", 0
        self.journal = client.get("/api/settings").json()["journal"]

    def post(self, path: str, **body: Any) -> Any:
        body = {"journal": self.journal} | body
        return self.client.post(f"/api/images/1/{path}", json=body, headers=ORIGIN)

    def change(self, version: int, action: str, **payload: Any) -> Any:
        self.events += 1
        who = {"event_id": f"{self.author} {self.events}", "session": self.session, "author": self.author}
        return self.post("changes", **who, version=version, action=action, payload=payload)

    def lease(self, take_over: bool = False) -> Any:
        return self.post("lease", session=self.session, author=self.author, take_over=take_over)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_drawn_release(tmp_path / "release", images=2)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with Store(Release(folder)) as store:
        yield TestClient(make_app([annotate_routes(store, Settings(target=100))]), base_url="http://localhost")


@pytest.fixture
def ada(client: TestClient) -> Page:
    return Page(client, "Ada")


@pytest.fixture
def bob(client: TestClient) -> Page:
    return Page(client, "Bob")


def state(client: TestClient) -> dict[str, Any]:
    return client.get("/api/images/1").json()


def test_the_page_and_what_it_is_told(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "annotate/main.js" in page.text
    assert client.get("/assets/annotate/main.js").headers["Content-Type"].startswith("text/javascript")
    settings = client.get("/api/settings").json()
    assert (settings["target"], settings["segments"]) == (100, False)
    assert client.get("/api/images").json() == [
        {"image_id": image_id, "status": "open", "held_by": None} for image_id in ("1", "2")
    ]


def test_masks_come_inner_ones_first(client: TestClient) -> None:
    masks = state(client)["masks"]
    assert [(mask["mask_id"], mask["parent_id"], mask["child_ids"]) for mask in masks] == [
        ("2", None, []),  # 12 pixels
        ("1", "0", []),
        ("0", None, ["1"]),  # 36 pixels
    ]
    assert (masks[1]["box"], masks[1]["area"], masks[1]["given"], masks[1]["verdict"]) == ([2, 2, 4, 4], 4, None, None)
    assert state(client)["missing"] == ["short_caption", "2", "1", "0", "extra_caption"]


def test_an_image_from_beginning_to_end(client: TestClient, ada: Page) -> None:
    assert ada.lease().json() == {"version": 0}
    ada.change(0, "write", field="short_caption", text="A hut.")
    ada.change(1, "write", mask="2", field="quality", text="bad")
    ada.change(2, "write", mask="1", field="quality", text="low_quality")
    assert ada.change(3, "write", mask="1", field="label", text=" ").json()["missing"] == ["1", "0", "extra_caption"]
    ada.change(4, "write", mask="1", field="label", text="door")
    ada.change(5, "write", mask="0", field="label", text="hut")
    assert ada.change(6, "write", mask="0", field="caption", text="Red.").json()["missing"] == ["extra_caption"]
    answer = ada.change(7, "write", field="extra_caption", text="Grass all around.").json()
    assert answer == {"version": 8, "missing": [], "undo": "write", "redo": None}
    ada.change(8, "finish")
    assert client.get("/api/images").json()[0] == {"image_id": "1", "status": "finished", "held_by": "Ada"}
    ada.change(9, "undo")
    assert (state(client)["extra_caption"], state(client)["redo"]) == ("", "write")
    ada.change(10, "redo")
    events = client.get("/api/images/1/history").json()
    assert [event["action"] for event in events[:3]] == ["redo", "undo", "finish"]
    assert events[3]["edits"] == [{"path": ["extra_caption"], "before": "", "after": "Grass all around."}]
    client.post(f"/api/images/1/leave?session={ada.session}", headers=ORIGIN)
    assert client.get("/api/images").json()[0]["held_by"] is None


def test_two_at_one_image(client: TestClient, ada: Page, bob: Page) -> None:
    ada.lease()
    refused = bob.lease()
    assert (refused.status_code, refused.json()["held_by"]) == (423, "Ada")
    assert bob.change(0, "write", field="short_caption", text="B").status_code == 423
    ada.change(0, "write", field="short_caption", text="A")
    assert bob.lease(take_over=True).json() == {"version": 1}
    assert ada.change(1, "write", field="short_caption", text="AA").json()["held_by"] == "Bob"
    stale = bob.change(0, "write", field="short_caption", text="B")
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    assert state(client)["short_caption"] == "A"
    assert bob.change(1, "write", field="short_caption", text="B").json()["version"] == 2


def test_sent_again_after_a_lost_answer(client: TestClient, ada: Page) -> None:
    first = ada.change(0, "write", field="short_caption", text="A").json()
    ada.change(1, "write", field="short_caption", text="AB")
    ada.events = 0
    again = ada.change(0, "write", field="short_caption", text="A").json()
    assert (first["version"], again["version"], state(client)["short_caption"]) == (1, 1, "AB")
    assert len(client.get("/api/images/1/history").json()) == 2


def test_what_became_of_given_texts(folder: Path) -> None:
    path = folder / "annotations" / "1-data.json"
    doc = json.loads(path.read_text())
    for mask_id, caption in {"0": "a red hut with a door", "1": "a blue door", "2": "a tree"}.items():
        doc["mask_data"][mask_id] |= {"label": "thing", "caption": caption}
    path.write_text(json.dumps(doc))
    with Store(Release(folder)) as store:
        client = TestClient(make_app([annotate_routes(store, Settings())]), base_url="http://localhost")
        ada = Page(client, "Ada")

        def verdicts() -> dict[str, str]:
            return {mask["mask_id"]: mask["verdict"] for mask in state(client)["masks"]}

        assert verdicts() == {"0": "open", "1": "open", "2": "open"}
        ada.change(0, "accept", mask="2")
        ada.change(1, "write", mask="0", field="caption", text="a red hut with a window")  # 6 of 7 words, twice
        ada.change(2, "write", mask="1", field="caption", text="something else entirely")
        assert verdicts() == {"0": "changed", "1": "rewritten", "2": "kept"}
        given = next(mask["given"] for mask in state(client)["masks"] if mask["mask_id"] == "0")
        assert given == {"label": "thing", "caption": "a red hut with a door", "quality": "ok"}


def test_pixels(client: TestClient) -> None:
    photo = client.get("/api/images/1/photo")
    assert (photo.headers["Content-Type"], Image.open(io.BytesIO(photo.content)).size) == ("image/png", (12, 8))
    mask = client.get("/api/images/1/masks/1")
    assert np.asarray(Image.open(io.BytesIO(mask.content))).sum() == 4
    again = client.get("/api/images/1/masks/1", headers={"If-None-Match": mask.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_wrong_requests_are_said_to_be(client: TestClient) -> None:
    whose = {"journal": client.get("/api/settings").json()["journal"], "session": "s", "author": "Ada"}
    wrong = [{"author": ""}, {"author": "x" * 101}, {"author": "\ud800"}, {"session": 7}, {"take_over": "perhaps"}]
    for body in ([], {}, {"session": "s"}, *(whose | each for each in wrong)):
        headers = {**ORIGIN, "Content-Type": "application/json"}
        answer = client.post("/api/images/1/lease", content=json.dumps(body), headers=headers)
        assert answer.status_code == 422
        assert isinstance(answer.json()["detail"], str)


def test_only_images_of_the_release(client: TestClient) -> None:
    for image_id in ("3", "..", "%2e%2e%2fsplits", "1-data.json"):
        for path in ("", "/photo", "/masks/1", "/history"):
            assert client.get(f"/api/images/{image_id}{path}").status_code in (404, 422)
    assert client.get("/api/images/1/masks/9").status_code == 422


def test_a_page_of_another_folder_changes_nothing(client: TestClient, ada: Page) -> None:
    ada.journal = "another"
    assert ada.lease().status_code == 410
    assert ada.change(0, "write", field="short_caption", text="A").status_code == 410
    assert state(client)["version"] == 0


def test_markup_is_data(client: TestClient, ada: Page) -> None:
    ada.change(0, "write", mask="1", field="label", text=MARKUP)
    answer = client.get("/api/images/1")
    assert answer.headers["Content-Type"] == "application/json"
    assert next(mask["label"] for mask in answer.json()["masks"] if mask["mask_id"] == "1") == MARKUP


def test_other_pages_change_nothing(client: TestClient) -> None:
    for path in ("changes", "lease", "leave?session=x"):
        answer = client.post(f"/api/images/1/{path}", json={}, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403
