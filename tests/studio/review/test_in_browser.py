"""The page of the reviewers in Chromium, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from support.drawn_release import write_drawn_release
from support.studio import CHROMIUM, served

from dcikit.data.decisions import read_decisions
from dcikit.data.release import Release
from dcikit.studio.review.desk import Desk
from dcikit.studio.review.routes import review_routes
from dcikit.studio.review.source import opened_source
from dcikit.studio.store.store import Change, Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium; apt-get install -y chromium"),
]

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_drawn_release(tmp_path / "release")
    texts = [{"field": "short_caption"}, *({"mask": mask, "field": "label"} for mask in ("0", "1", "2"))]
    with Store(Release(folder)) as store:
        for version, place in enumerate(texts):
            store.change(Change(str(version), "1", "t", MARKUP, version, "write", place | {"text": MARKUP}))
    return folder


@pytest.fixture
def page(folder: Path) -> Iterator[Any]:
    troubles: list[str] = []
    with opened_source(Release(folder)) as source, sync_playwright() as playwright:
        desk = Desk(source, [region for image in source.regions() for region in image])
        with served([review_routes(desk)]) as url:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("dialog", lambda dialog: troubles.append(dialog.message))
            page.goto(url)
            page.get_by_label("Your name").fill("Rita")
            page.keyboard.press("Enter")
            page.get_by_text("Region 1 of 4").wait_for()
            yield page
            browser.close()
    assert troubles == []


def decided(folder: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.region, each.verdict, each.reasons) for each in read_decisions(folder)]


def test_by_keyboard(page: Any, folder: Path) -> None:
    press = page.keyboard.press
    press("a")
    page.get_by_text("Region 2 of 4").wait_for()
    press("r")
    press("Control+Enter")
    page.get_by_text("choose one reason at least").wait_for()
    press("1")
    press("5")
    press("Control+Enter")
    page.get_by_text("Region 3 of 4").wait_for()
    press("f")
    page.get_by_role("textbox", name="Label").fill("door")
    press("Control+Enter")
    page.get_by_text("Region 4 of 4").wait_for()
    press("ArrowLeft")
    page.get_by_text("Fixed by Rita").wait_for()
    press("n")
    page.get_by_text("Region 4 of 4").wait_for()
    assert page.get_by_text("3 of 4 decided").is_visible()
    assert decided(folder) == [
        ("base", "accepted", ()),
        ("m-0-sc", "rejected", ("mask", "incomplete")),
        ("m-1-sc", "fixed", ()),
    ]
    assert Release(folder).read("1-data.json", summaries=False).by_id["1"].label == "door"


def test_by_mouse(page: Any, folder: Path) -> None:
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Reject").click()
    page.get_by_label("The label is wrong").check()
    page.get_by_role("textbox", name="Note").fill(MARKUP)
    page.get_by_role("button", name="Reject").click()
    page.get_by_text("Region 3 of 4").wait_for()
    for _ in range(3):
        page.get_by_role("button", name="Accept").click()
        page.locator("#saving", has_text="Saved").wait_for()
    page.get_by_role("heading", name="Everything is decided").wait_for()
    page.get_by_role("button", name="OK").click()
    page.get_by_role("button", name="Rates").click()
    page.get_by_role("cell", name="75.0%").wait_for()
    assert [verdict for _, verdict, _ in decided(folder)] == ["rejected", "accepted", "accepted", "accepted"]
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for key in ("ArrowRight", "r"):
        page.keyboard.press(key)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
