"""What the page of the reviewers fetches and sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.drawn_release import write_drawn_release

from dcikit.data.decisions import FILE, read_decisions
from dcikit.data.release import Release
from dcikit.studio.app import make_app
from dcikit.studio.review.desk import Desk
from dcikit.studio.review.routes import review_routes
from dcikit.studio.review.source import opened_source
from dcikit.studio.store.store import Change, Store

ORIGIN = {"Origin": "http://localhost"}
MARKUP = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Image 1: a description by Ada, mask 0 by Bob; image 2: nothing."""
    folder = write_drawn_release(tmp_path / "release", images=2)
    with Store(Release(folder)) as store:
        store.change(Change("1", "1", "a", "Ada", 0, "write", {"field": "short_caption", "text": "A hut."}))
        store.give_back("1", "a")
        store.change(Change("2", "1", "b", "Bob", 1, "write", {"mask": "0", "field": "label", "text": MARKUP}))
    return folder


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with opened_source(Release(folder)) as source:
        yield client_of(source)


def client_of(source: Any) -> TestClient:
    desk = Desk(source, [region for image in source.regions() for region in image])
    return TestClient(make_app([review_routes(desk)]), base_url="http://localhost")


def decide(client: TestClient, region: str, verdict: str, *reasons: str, **more: Any) -> Any:
    image = client.get("/api/images/1").json()
    digests = {"base": image["digest"]} | {mask["region"]: mask["digest"] for mask in image["masks"]}
    body = {"decision_id": f"{region} {verdict}", "image_id": "1", "region": region, "digest": digests.get(region, "")}
    body |= {"verdict": verdict, "reasons": reasons, "note": "", "reviewer": "Rita"} | more
    return client.post("/api/decisions", json=body, headers=ORIGIN)


def test_the_queue(client: TestClient) -> None:
    found = client.get("/api/regions").json()
    assert [(each["image_id"], each["region"], each["annotator"]) for each in found["regions"]] == [
        ("1", "base", "Ada"),
        ("1", "m-0-sc", "Bob"),
    ]
    assert found["no_fix"] == ""
    assert "review/main.js" in client.get("/").text


def test_decisions_are_kept(client: TestClient, folder: Path) -> None:
    assert decide(client, "base", "accepted").json()["verdict"] == "accepted"
    assert decide(client, "m-0-sc", "rejected", "mask", "label", note=MARKUP).json()["reasons"] == ["mask", "label"]
    assert decide(client, "base", "accepted").status_code == 200  # sent again
    lines = [json.loads(line) for line in (folder / FILE).read_text().splitlines()]
    assert [(line["region"], line["verdict"], line["reviewer"], line["annotator"], line["note"]) for line in lines] == [
        ("base", "accepted", "Rita", "Ada", ""),
        ("m-0-sc", "rejected", "Rita", "Bob", MARKUP),
    ]
    decided = [each["decision"]["verdict"] for each in client.get("/api/regions").json()["regions"]]
    assert decided == ["accepted", "rejected"]
    rates = client.get("/api/rates").json()["rates"]
    assert rates == [
        {"annotator": "Ada", "reviewed": 1, "verdicts": {"accepted": 1}, "reasons": {}},
        {"annotator": "Bob", "reviewed": 1, "verdicts": {"rejected": 1}, "reasons": {"mask": 1, "label": 1}},
    ]


def test_a_fix_is_a_change_and_then_a_decision(client: TestClient, folder: Path) -> None:
    change: dict[str, Any] = {"event_id": "e", "session": "r", "author": "Rita", "version": 2, "action": "write"}
    change["journal"] = client.get("/api/regions").json()["journal"]
    change["payload"] = {"mask": "0", "field": "label", "text": "hut"}
    before = client.get("/api/images/1").json()["masks"][0]["digest"]
    assert client.post("/api/images/1/changes", json=change, headers=ORIGIN).json()["version"] == 3
    assert decide(client, "m-0-sc", "fixed", digest=before).status_code == 409
    assert decide(client, "m-0-sc", "fixed", "label").json()["verdict"] == "fixed"
    assert [(each.verdict, each.annotator) for each in read_decisions(folder)] == [("fixed", "Bob")]


def test_wrong_decisions_are_refused(client: TestClient, folder: Path) -> None:
    assert decide(client, "base", "rejected").status_code == 422  # no reason
    assert decide(client, "base", "rejected", "whim").status_code == 422
    assert decide(client, "base", "loved").status_code == 422
    assert decide(client, "m-2-sc", "accepted").status_code == 422  # says nothing, is not in the queue
    assert decide(client, "base", "accepted", image_id="../1").status_code == 422
    assert decide(client, "base", "accepted", digest="0").status_code == 409
    assert not (folder / FILE).exists()


def test_nothing_is_fixed_while_somebody_annotates(folder: Path) -> None:
    with Store(Release(folder)), opened_source(Release(folder)) as source:
        client = client_of(source)
        found = client.get("/api/regions").json()
        assert "another process" in found["no_fix"]
        assert [each["annotator"] for each in found["regions"]] == ["Ada", "Bob"]
        assert client.post("/api/images/1/changes", json={}, headers=ORIGIN).status_code == 404
        assert decide(client, "base", "accepted").status_code == 200


def test_half_a_line_of_a_killed_process(client: TestClient, folder: Path) -> None:
    decide(client, "base", "accepted")
    with (folder / FILE).open("ab") as file:
        file.write(b'{"decision_id"')
    with opened_source(Release(folder)) as source:
        again = client_of(source)
        decide(again, "m-0-sc", "accepted")
    assert [each.region for each in read_decisions(folder)] == ["base", "m-0-sc"]
