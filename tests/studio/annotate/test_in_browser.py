"""The page of the annotators in Chromium, by keyboard and by mouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from support.drawn_release import write_drawn_release
from support.studio import CHROMIUM, served

from dcikit.data.release import Release
from dcikit.studio.annotate.routes import annotate_routes
from dcikit.studio.annotate.settings import Settings
from dcikit.studio.store.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium; apt-get install -y chromium"),
]

MARKUP = "</textarea><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_drawn_release(tmp_path / "release", images=2)


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with Store(Release(folder)) as store, served([annotate_routes(store, Settings())]) as url:
        yield url


@pytest.fixture
def opened(browser: Any, url: str) -> Iterator[Callable[..., Any]]:
    """Opens the page as somebody, in a browser of their own; a page that logs an error or asks anything fails."""
    contexts, troubles = [], []

    def opened(author: str, width: int = 1440, height: int = 900) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.goto(url)
        page.get_by_label("Your name").fill(author)
        page.keyboard.press("Enter")
        page.get_by_text("Describe the whole image in a sentence").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def on_disk(folder: Path, image_id: str = "1") -> dict[str, Any]:
    return json.loads((folder / "annotations" / f"{image_id}-data.json").read_text(encoding="utf-8"))


def saved(page: Any) -> None:
    page.locator("#saving", has_text="Saved").wait_for()


def test_an_image_by_keyboard(opened: Callable[..., Any], folder: Path) -> None:
    page = opened("Ada")
    press, write = page.keyboard.press, page.keyboard.type
    write("A hut and a tree.")
    press("Enter")
    page.get_by_text("Mask 1 of 3").wait_for()
    write("tree")
    assert page.get_by_text("Next needs a caption.").is_visible()
    press("Enter")  # not before there is a caption
    assert page.get_by_text("Mask 1 of 3").is_visible()
    press("Escape")
    assert not page.get_by_role("textbox", name="Caption").is_visible()
    press("Enter")
    page.get_by_text("Mask 2 of 3").wait_for()
    press("Shift+Escape")
    press("Enter")
    page.get_by_text("Mask 3 of 3").wait_for()
    press("Shift+Enter")
    page.get_by_text("Mask 2 of 3").wait_for()
    press("Shift+Escape")
    write("door")
    press("Tab")
    write(MARKUP)
    press("Enter")
    page.get_by_text("Mask 3 of 3").wait_for()
    write("hut")
    press("Tab")
    write("Red, of wood.")
    press("Enter")
    write("Grass.")
    press("Enter")
    write("Sky.")
    press("Control+Enter")
    page.locator("#image-id", has_text="2").wait_for()
    doc = on_disk(folder)
    assert (doc["short_caption"], doc["extra_caption"]) == ("A hut and a tree.", "Grass.\nSky.")
    written = {key: (mask["mask_quality"], mask["label"], mask["caption"]) for key, mask in doc["mask_data"].items()}
    assert written == {"0": (0, "hut", "Red, of wood."), "1": (0, "door", MARKUP), "2": (1, "tree", "")}
    assert page.get_by_text("1 of 2 finished").is_visible()


def test_by_mouse(opened: Callable[..., Any], folder: Path) -> None:
    page = opened("Ada")
    page.get_by_role("textbox", name="Short description").fill("A hut.")
    page.get_by_role("button", name="Mask 3: not complete").click()
    page.get_by_role("button", name="Mask 2", exact=True).hover()
    page.get_by_role("radio", name="Low quality").check()
    page.get_by_role("textbox", name="Label").fill("hut")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("2 steps before this are not complete").wait_for()
    assert page.get_by_role("button", name="Finish image").is_disabled()
    saved(page)
    assert on_disk(folder)["mask_data"]["0"]["label"] == "hut"
    page.get_by_role("button", name="Undo").click()
    page.locator("#redo:enabled").wait_for()
    assert on_disk(folder)["mask_data"]["0"]["label"] == ""
    page.get_by_role("button", name="Redo").click()
    page.locator("#redo:disabled").wait_for()
    page.get_by_role("button", name="History").click()
    page.get_by_text("redid a change").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Skip image").click()
    page.locator("#image-id", has_text="2").wait_for()
    page.get_by_role("button", name="Image 2").click()
    page.get_by_role("button", name="1 Skipped").click()
    page.get_by_role("button", name="Short description: complete").click()
    assert page.get_by_role("textbox", name="Short description").input_value() == "A hut."


def test_a_lost_connection_loses_nothing(opened: Callable[..., Any], folder: Path) -> None:
    page = opened("Ada")
    page.route("**/changes", lambda route: route.abort())
    page.keyboard.type("A hut.")
    page.get_by_text("Connection lost. 1 change kept in this browser").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("tree")
    page.get_by_text("2 changes kept in this browser").wait_for()
    page.close(run_before_unload=False)
    assert on_disk(folder)["short_caption"] == ""
    again = page.context.new_page()
    again.goto(page.url.split("#")[0] + "#1")
    again.get_by_text("Mask 1 of 3").wait_for()
    saved(again)
    doc = on_disk(folder)
    assert (doc["short_caption"], doc["mask_data"]["2"]["label"]) == ("A hut.", "tree")


def test_an_answer_that_is_lost_is_not_written_twice(opened: Callable[..., Any], folder: Path) -> None:
    page = opened("Ada")
    lost = []

    def lose(route: Any) -> None:
        if not lost:
            lost.append(route.fetch().status)  # the server has it
            route.abort()
        else:
            route.continue_()

    page.route("**/changes", lose)
    page.keyboard.type("A hut.")
    page.get_by_text("Connection lost").wait_for()
    page.keyboard.type(" Red.")
    saved(page)
    assert (lost, on_disk(folder)["short_caption"]) == ([200], "A hut. Red.")
    events = page.request.get(page.url.split("#")[0] + "api/images/1/history").json()
    assert [event["edits"][0]["after"] for event in events] == ["A hut. Red.", "A hut."]


def test_what_is_typed_outlives_that_the_image_is_read_again(opened: Callable[..., Any], folder: Path) -> None:
    page = opened("Ada")
    held: list[Any] = []
    page.route(
        "**/changes", lambda route: held.append(route) if "reject" in route.request.post_data else route.continue_()
    )
    page.get_by_role("button", name="Mask 3: not complete").click()
    with page.expect_request("**/changes"):
        page.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Mask 2: not complete").click()
    page.get_by_role("textbox", name="Label").fill("door")  # waits behind the rejection
    held[0].continue_()
    page.locator("#strip li").nth(4).wait_for(state="detached")
    saved(page)
    expect(page.get_by_role("textbox", name="Label")).to_have_value("door")
    masks = on_disk(folder)["mask_data"]
    assert (sorted(masks), masks["1"]["label"]) == (["1", "2"], "door")


def test_two_people_at_one_image(opened: Callable[..., Any], folder: Path) -> None:
    ada = opened("Ada")
    ada.keyboard.type("A hut.")
    saved(ada)
    bob = opened("Bob")  # is led to the next image
    assert bob.locator("#image-id").text_content() == "2"
    bob.get_by_role("button", name="Image 2").click()
    bob.get_by_role("button", name="1 Ada Open").click()
    bob.get_by_role("heading", name="Ada is at this image").wait_for()
    bob.get_by_role("button", name="Only read").click()
    bob.get_by_text("Ada is at this image. You can read it").wait_for()
    assert not bob.get_by_role("textbox", name="Label").is_editable()
    bob.locator("#take-over").click()
    bob.locator("#held").wait_for(state="hidden")
    bob.get_by_role("button", name="Short description: complete").click()
    bob.get_by_role("textbox", name="Short description").fill("A house.")
    saved(bob)
    ada.get_by_role("textbox", name="Short description").fill("A hut of mine.")
    ada.get_by_role("heading", name="Bob is at this image").wait_for()
    ada.get_by_role("button", name="Take over").last.click()
    ada.get_by_role("heading", name="Somebody changed this image since").wait_for()
    assert on_disk(folder)["short_caption"] == "A house."
    ada.get_by_role("button", name="Drop mine").click()
    expect(ada.get_by_role("textbox", name="Short description")).to_have_value("A house.")


@pytest.mark.parametrize("width", [1440, 390])
def test_fits(opened: Callable[..., Any], width: int) -> None:
    page = opened("Ada", width, 844)
    for _ in range(3):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.get_by_role("button", name="Skip").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(opened: Callable[..., Any], scheme: str) -> None:
    page = opened("Ada")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for name in ("Short description", "Mask 3", "Final description"):
        page.get_by_role("button", name=f"{name}: not complete").click()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
