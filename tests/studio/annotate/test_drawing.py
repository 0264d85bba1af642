"""Masks drawn in Chromium, by mouse and by keyboard; pixels counted by hand. The image has 12 x 8 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright
from support.drawn_release import HEIGHT, WIDTH, write_drawn_release
from support.studio import CHROMIUM, served
from support.tiny_sams import make_sam

from dcikit.data.bitmap import decode
from dcikit.data.record import Mask
from dcikit.data.release import Release
from dcikit.studio.annotate.routes import annotate_routes
from dcikit.studio.annotate.segment import Segmenter
from dcikit.studio.annotate.settings import Settings
from dcikit.studio.store.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium; apt-get install -y chromium")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_drawn_release(tmp_path / "release")


@contextmanager
def opened(folder: Path, segmenter: Segmenter | None = None) -> Iterator[Any]:
    """The page of a release, at its first step; it must have no error of its own by the end."""
    troubles: list[str] = []
    with (
        Store(Release(folder)) as store,
        served([annotate_routes(store, Settings(), segmenter)]) as url,
        sync_playwright() as tool,
    ):
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(url)
        page.get_by_label("Your name").fill("Ada")
        page.keyboard.press("Enter")
        page.get_by_text("Describe the whole image").wait_for()
        page.wait_for_timeout(300)
        yield page
        browser.close()
    assert troubles == []


@pytest.fixture
def page(folder: Path) -> Iterator[Any]:
    with opened(folder) as page:
        yield page


def masks(page: Any, folder: Path) -> dict[str, Mask]:
    """What is in the file, once all is saved."""
    page.locator("#saving", has_text="Saved").wait_for()
    return Release(folder).read("1-data.json", summaries=False).by_id


def draw(page: Any, *corners: tuple[float, float]) -> None:
    """Clicks pixels of the photo, which must be shown as a whole."""
    box = page.locator("#photo").bounding_box()
    scale = min(box["width"] / WIDTH, box["height"] / HEIGHT)
    left, top = (box["x"] + (box["width"] - WIDTH * scale) / 2, box["y"] + (box["height"] - HEIGHT * scale) / 2)
    for x, y in corners:
        page.mouse.click(left + x * scale, top + y * scale)


def test_a_new_mask_by_mouse(page: Any, folder: Path) -> None:
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("button", name="Polygon").click()
    draw(page, (8.02, 6), (11, 6), (11, 7.98), (8, 7.98))
    page.get_by_role("button", name="Add mask").click()
    page.get_by_text("Mask 1 of 4").wait_for()
    new = masks(page, folder)["3"]
    assert (new.bbox, new.area, new.parent_id) == ((8, 6, 11, 8), 6, None)
    page.get_by_role("button", name="Undo").click()
    page.locator("#redo:enabled").wait_for()
    assert list(masks(page, folder)) == ["0", "1", "2"]
    page.get_by_role("button", name="Redo").click()
    page.locator("#redo:disabled").wait_for()
    assert decode(masks(page, folder)["3"].png).sum() == 6


def test_a_new_mask_by_keyboard(page: Any, folder: Path) -> None:
    press = page.keyboard.press
    press("Alt+n")
    press("p")
    for _ in range(7):  # fiftieths of the width: from the middle, (6, 4), to the right
        press("ArrowRight")
    press("Space")
    for key in ("Shift+ArrowDown", "Shift+ArrowRight"):
        press(key)
        press(key)
        press("Space")
    press("Enter")  # closes the polygon
    press("Enter")
    page.get_by_text("Mask 1 of 4").wait_for()
    new = masks(page, folder)["3"]
    assert new.area > 0 and new.bbox[0] >= 7 and new.bbox[1] >= 4


def test_reshape_merge_split_and_reject(page: Any, folder: Path) -> None:
    page.get_by_role("button", name="Mask 3: not complete").click()  # mask 0, of 6 x 6 pixels, as large as its context
    page.get_by_role("button", name="Reshape").click()
    page.get_by_role("button", name="Remove").click()
    box = page.locator("#photo").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # a dot of 24 CSS pixels: too little
    page.keyboard.press("p")
    centre, side = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), box["height"] / 4
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        page.mouse.click(centre[0] + x * side, centre[1] + y * side)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Done").click()
    smaller = masks(page, folder)["0"]
    assert 0 < smaller.area < 36 and smaller.bbox == (1, 1, 7, 7)
    page.keyboard.press("Alt+m")
    page.get_by_label("Merge with").select_option("Mask 1")
    page.get_by_role("button", name="Merge", exact=True).click()
    page.get_by_text("Mask 2 of 2").wait_for()
    merged = masks(page, folder)
    assert (list(merged), merged["0"].area, merged["0"].bbox) == (["0", "1"], smaller.area + 12, (1, 1, 11, 7))
    page.get_by_role("button", name="Split").click()
    page.keyboard.press("p")
    for x, y in ((0.5, 0.02), (0.98, 0.02), (0.98, 0.98), (0.5, 0.98)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_text("of 3", exact=False).first.wait_for()
    parts = masks(page, folder)
    assert parts["0"].area + parts["2"].area == merged["0"].area
    page.keyboard.press("Alt+Delete")
    page.locator("#strip li").nth(4).wait_for(state="detached")
    assert list(masks(page, folder)) == ["0", "1"]


def test_a_new_mask_by_a_click(folder: Path) -> None:
    spots = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    Image.fromarray(spots).save(folder / "photos" / "1.png")
    with opened(folder, Segmenter(make_sam("sam"))) as page:
        page.get_by_role("button", name="New", exact=True).click()
        draw(page, (3, 2))
        page.locator("#tool-help", has_text="Click again").wait_for()
        page.get_by_role("button", name="Remove").click()
        with page.expect_response("**/segment") as answer:
            draw(page, (9, 6))
        assert answer.value.request.post_data_json["points"][1][2] is False
        page.locator("#tool-help", has_text="Click again").wait_for()
        page.get_by_role("button", name="Add mask").click()
        page.locator("#strip li").nth(5).wait_for()
        assert 0 < masks(page, folder)["3"].area < WIDTH * HEIGHT
