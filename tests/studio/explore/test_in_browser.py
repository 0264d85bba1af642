"""Explore as people use it: in a browser, by mouse and by keys, at a desk and on a phone."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from support.odd_release import NAME, edit, one_image_release
from support.results_documents import document
from support.studio import CHROMIUM, indexed, served

from dcikit.data.release import Release
from dcikit.results.map_files import Maps, map_writer
from dcikit.results.sample_writer import SampleWriter
from dcikit.schema.score import Decision
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.decisions import Decisions
from dcikit.studio.explore.query import Query
from dcikit.studio.explore.routes import explore_routes
from dcikit.studio.explore.search import Search
from dcikit.studio.explore.static_site import write_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium; apt-get install -y chromium")]

DESK, PHONE = (1440, 900), (390, 844)
SHOTS = os.environ.get("DCI_SCREENSHOTS")
"""A folder that keeps the screenshots; without it they are taken and thrown away."""

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of explore over the sample."""
    search = indexed(ReleaseCollection(Release(sample), "sample"), tmp_path_factory.mktemp("index"))
    with served([explore_routes(search)]) as url:
        yield url


@pytest.fixture
def visit(browser: Any, site: str) -> Iterator[Open]:
    """Opens a page, which must have no error of its own by the end, nor ask for anything elsewhere."""
    pages = []
    errors: list[str] = []

    def visit(path: str = "", size: tuple[int, int] = DESK, url: str = site, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("request", lambda request: request.url.startswith(url) or errors.append(request.url))
        page.goto(url + path)
        until(page, "document.querySelector('#photo').naturalWidth > 0")
        page.wait_for_selector(".phrase, .node, .texts")
        pages.append(context)
        return page

    yield visit
    for context in pages:
        context.close()
    assert not errors


def until(page: Any, condition: str) -> None:
    """Waits for a condition on the page, which is asked from outside: the page evaluates no text."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def first(site: str) -> dict[str, Any]:
    """The first image of the list, as the API has it."""
    import httpx

    image_id = httpx.get(f"{site}api/images?limit=1").json()["rows"][0]["image_id"]
    found: dict[str, Any] = httpx.get(f"{site}api/images/{image_id}").json()
    return found


def middle(page: Any, box: list[int], width: int) -> dict[str, float]:
    """The middle of a box of the photo, where a mouse finds it on the page."""
    shown = page.locator("#photo").bounding_box()
    scale = shown["width"] / width
    return {"x": (box[0] + box[2]) / 2 * scale, "y": (box[1] + box[3]) / 2 * scale}


def lit(page: Any) -> str:
    """What the tag on the photo says; empty: no mask is lit."""
    tag = page.locator("#tag")
    return " ".join(tag.inner_text().split()) if tag.is_visible() else ""


def test_words_light_their_mask_and_the_photo_its_words(visit: Open, site: str) -> None:
    page, image = visit(), first(site)
    mask = image["regions"][2]
    assert lit(page) == ""
    page.locator(f"[data-key='{mask['key']}']").hover()
    assert lit(page) == f"2 {mask['label']}"
    page.mouse.move(5, 5)
    assert lit(page) == ""
    page.locator("#picture").hover(position=middle(page, mask["box"], image["width"]))
    assert lit(page) == f"2 {mask['label']}"
    assert page.locator(".phrase.lit").inner_text().split()[1:3] == mask["label"].split()
    page.locator("#picture").click(position=middle(page, mask["box"], image["width"]))
    assert page.url.endswith(f"#/{image['image_id']}/{mask['key']}")
    assert page.locator("#region").inner_text().split() == ["2", *mask["label"].split()]
    parent = image["regions"][1]
    assert page.locator("#crumbs").inner_text().split() == ["Image", "1", *parent["label"].split()]
    page.locator("#picture").click(position=middle(page, mask["box"], image["width"]))
    assert page.url.endswith(parent["key"]), "a second click goes one further out"
    page.locator("#crumbs button").first.click()
    assert page.locator("#region").inner_text() == "Image"


def test_all_by_keys(visit: Open, site: str) -> None:
    page, image = visit(), first(site)
    regions = image["regions"]
    here = f"#/{image['image_id']}"
    for key, fragment in (
        ("ArrowRight", f"{here}/{regions[1]['key']}"),
        ("d", f"{here}/{regions[2]['key']}"),
        ("u", f"{here}/{regions[1]['key']}"),
        ("3", f"{here}/{regions[1]['key']}/negatives"),
        ("2", f"{here}/{regions[1]['key']}/summaries"),
        ("4", f"{here}/{regions[1]['key']}/tree"),
        ("Escape", f"{here}/base/tree"),
        ("1", here),
        ("ArrowLeft", f"{here}/{regions[-1]['key']}"),
    ):
        page.keyboard.press(key)
        expect(page).to_have_url(site + fragment)
    page.keyboard.press("j")
    expect(page).not_to_have_url(site + here)
    page.keyboard.press("k")
    expect(page).to_have_url(site + here)
    page.keyboard.press("?")
    assert "next region" in page.locator("#help").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("/")
    page.keyboard.type("k red")
    assert page.locator("#search input").input_value() == "k red", "keys are letters in a field"


def test_single_keys_can_be_turned_off(visit: Open) -> None:
    page = visit()
    before = page.url
    page.keyboard.press("?")
    page.locator("#single-keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_timeout(200)
    assert page.url == before


def test_the_tree_folds_by_keys_and_by_mouse(visit: Open, site: str) -> None:
    image = first(site)
    page = visit(f"#/{image['image_id']}/base/tree")
    nodes = page.locator("[role=treeitem]")
    every = len(image["regions"])
    assert nodes.count() == every
    nodes.first.focus()
    page.keyboard.press("ArrowDown")
    assert lit(page) == f"1 {image['regions'][1]['label']}"
    page.keyboard.press("ArrowLeft")
    inside = sum(region["parent"] == image["regions"][1]["key"] for region in image["regions"])
    assert inside and nodes.count() < every
    page.keyboard.press("ArrowRight")
    assert nodes.count() == every
    page.keyboard.press("Enter")
    assert page.url.endswith(f"{image['regions'][1]['key']}/tree")
    page.locator(".twist").first.click()
    assert nodes.count() == 1


def test_negatives_show_what_differs(visit: Open, site: str) -> None:
    image = first(site)
    page = visit(f"#/{image['image_id']}/base/negatives")
    whole = image["regions"][0]
    for kind, texts in whole["negatives"].items():
        for place, text in enumerate(texts):
            shown = page.locator(f"[data-anchor='{kind}-{place}'] p").first
            pieces = shown.evaluate("p => [...p.childNodes].map(n => [n.nodeName, n.textContent])")
            kept = " ".join(words for name, words in pieces if name != "DEL")
            gone = " ".join(words for name, words in pieces if name != "INS")
            assert kept.split() == text.split()
            assert gone.split() == whole["summaries"][0].split()
    page.locator("[data-anchor='swaps-1']").hover()
    page.locator("[data-anchor='swaps-1'] button").click()
    assert page.url.endswith("/base/swaps-1")


def test_a_link_opens_the_very_text(visit: Open, site: str) -> None:
    image = first(site)
    page = visit(f"#/{image['image_id']}/base/summary-3")
    assert page.locator(".current").get_attribute("data-anchor") == "summary-3"
    assert image["regions"][0]["summaries"][3] in page.locator(".current").inner_text()


def test_search_and_filters(visit: Open) -> None:
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type('"black heart"')
    expect(page.locator("#count")).to_contain_text(" of 576")
    assert {mark.lower() for mark in page.locator(".row mark").all_inner_texts()} == {"black", "heart"} or (
        page.locator(".row mark").first.inner_text().lower() == "black heart"
    )
    expect(page).to_have_url(re.compile("/m-"))
    assert "heart" in page.locator("#region").inner_text()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row[aria-selected=true]")).to_have_attribute("aria-posinset", "2")
    page.keyboard.press("f")
    page.locator("[name=split]").select_option("test")
    expect(page).to_have_url(re.compile("split=test"))
    expect(page.locator(".row .meta").first).to_contain_text("test")
    count = int(page.locator("#count").inner_text().split()[0])
    assert 0 < count < 64
    page.get_by_role("button", name="Clear").click()
    expect(page).not_to_have_url(re.compile("split="))
    page.locator("#search input").fill("no such words at all")
    expect(page.locator("#count")).to_have_text("0 of 576 images")


def test_only_rows_in_sight_exist(visit: Open) -> None:
    page = visit()
    rows = page.locator(".row")
    assert 0 < rows.count() < 40
    page.locator("#rows").focus()
    page.keyboard.press("End")
    expect(page.locator(".row[aria-selected=true]")).to_have_attribute("aria-posinset", "576")
    assert rows.count() < 40


def test_random(visit: Open) -> None:
    page = visit()
    seen = {page.url}
    for _ in range(4):
        page.locator("#random").click()
        page.wait_for_timeout(150)
        seen.add(page.url)
    assert len(seen) > 1


def test_markup_in_every_field_stays_text(visit: Open, tmp_path: Path) -> None:
    attack = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"&amp;javascript:'
    folder = one_image_release(tmp_path / "<b onmouseover=hit=1>")

    def poison(doc: dict[str, Any]) -> None:
        doc["short_caption"] = doc["extra_caption"] = attack
        for mask in doc["mask_data"].values():
            mask["label"] = mask["caption"] = attack
        for name in ("summaries", "negatives"):
            for key, texts in doc.get(name, {}).items():
                doc[name][key] = [attack] if name == "summaries" else {kind: [attack + kind] for kind in texts}

    edit(folder, NAME, poison)
    search = indexed(ReleaseCollection(Release(folder), folder.name), tmp_path / "index")
    with served([explore_routes(search)]) as url:
        page = visit("#/1/m-0-sc", url=url)
        for key in "1234o":
            page.keyboard.press(key)
            page.wait_for_timeout(100)
            assert attack in " ".join(page.locator("#region").inner_text().split())
        page.keyboard.press("2")
        assert attack in page.locator("#view").inner_text()
        page.keyboard.press("/")
        page.keyboard.type("onerror")
        page.wait_for_selector(".row mark")
        assert page.evaluate("window.hit") is None
        assert page.locator("main img:not(#photo), b[onmouseover], #view script").count() == 0
        page.close()


def test_a_static_site_does_the_same(visit: Open, sample: Path, tmp_path: Path) -> None:
    collection = ReleaseCollection(Release(sample), "sample")
    collection.splits = dict(list(collection.splits.items())[:20])
    found = indexed(collection, tmp_path / "index")
    list(write_site(collection, tmp_path / "www" / "below"))
    handler = partial(QuietHandler, directory=tmp_path / "www")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = visit(url=f"http://127.0.0.1:{server.server_port}/below/")
        expect(page.locator("#count")).to_have_text("20 images")
        for words, query in (("white", {}), ('"red heart"', {}), ("blue di", {"depth": "2-2"}), ("CAFÉ", {})):
            filters = "".join(f"&{name}={value}" for name, value in query.items())
            page.evaluate("hash => { location.hash = hash }", f"#/?words={quote(words)}{filters}")
            expected = {hit.image_id for hit in found.hits(Query(words=words, **query))}
            expect(page.locator("#count")).to_have_text(f"{len(expected)} of 20 images")
            shown = {text.split()[0] for text in page.locator(".row .meta").all_inner_texts()}
            assert shown <= expected and len(shown) == min(len(shown), len(expected))
        page.evaluate("hash => { location.hash = hash }", f"#/{next(iter(collection.splits))}")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#tag")).to_be_visible()
        page.close()
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


def test_what_models_got_wrong(visit: Open, odd: Path, tmp_path: Path) -> None:
    files = []
    for model, own in (("model-a", 0.25), ("model-b", 0.75)):
        files.append(tmp_path / f"{model}.parquet")
        with SampleWriter(files[-1], facts=False) as samples:
            for score, rival, chosen in (("all_scm", 0.5, "300207/m-3-sc"), ("all_neg", 0.3, "swaps_0")):
                decision = Decision("300207", "m-1-sc", own, rival, chosen, own > rival, 0)
                samples.add(score, decision)
            samples.finish(document({}, model))
    index = indexed(ReleaseCollection(Release(odd), "odd"), tmp_path / "index").index
    search = Search(index, Decisions(files, tmp_path))
    with served([explore_routes(search)]) as url:
        page = visit(url=url)
        page.keyboard.press("f")
        page.locator("[name=wrong]").select_option("xo")
        expect(page).to_have_url(re.compile("#/300207/m-1-sc"))
        expect(page.locator("#count")).to_have_text("1 of 12 images")
        page.locator("#tab-models").click()
        sides = page.locator(".judged").first.locator(".side")
        expect(sides.first).to_contain_text("✗ wrong")
        expect(sides.first).to_contain_text("margin −0.25")
        expect(sides.last).to_contain_text("✓ right")
        until(page, "document.querySelector('.choice img').naturalWidth > 0")
        assert Axe().run(page).violations_count == 0
        page.locator(".choice a").click()
        expect(page).to_have_url(re.compile("#/300207/m-3-sc/models"))
        page.close()


@pytest.fixture(scope="module")
def mapped_site(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """The address of explore with the map of one region: of 16 patches the last of the first row matches best."""
    folder = tmp_path_factory.mktemp("maps")
    collection = ReleaseCollection(Release(sample), "sample")
    image_id = next(iter(collection.splits))
    record, _ = collection.examine(image_id)
    assert record is not None
    key = next(mask.key for mask in record.masks)
    with map_writer(folder / "maps") as maps:
        cosines = np.linspace(0.1, 0.25, 16).reshape(4, 4)
        cosines[0, 3] = 0.3
        maps.add(image_id, key, cosines)
        maps.finish(document({}, "openai/clip-vit-base-patch32", model__patch_method="maskclip"))
    with served([explore_routes(indexed(collection, folder / "index"), Maps(folder / "maps"))]) as url:
        yield url, image_id, key


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE)])
def test_the_map_of_a_caption(
    visit: Open, mapped_site: tuple[str, str, str], tmp_path: Path, name: str, size: tuple[int, int], scheme: str
) -> None:
    url, image_id, key = mapped_site
    folder = Path(SHOTS) if SHOTS else tmp_path
    page = visit(f"#/{image_id}/{key}", size, url, color_scheme=scheme, reduced_motion="reduce")
    caption, overlay = page.locator("#map-caption"), page.locator("#map")
    page.keyboard.press("m")
    expect(overlay).to_be_visible()
    for said in ("openai/clip-vit-base-patch32, maskclip", "0.100", "0.300", "highest"):
        expect(caption).to_contain_text(said)
    photo, square = page.locator("#photo").bounding_box(), overlay.bounding_box()
    side = min(photo["width"], photo["height"])
    assert square["width"] == pytest.approx(side, abs=1) and square["height"] == pytest.approx(side, abs=1)
    for start, length in (("x", "width"), ("y", "height")):
        assert square[start] == pytest.approx(photo[start] + (photo[length] - side) / 2, abs=1)
    ring = overlay.locator(".ring").bounding_box()
    assert ring["x"] + ring["width"] / 2 == pytest.approx(square["x"] + side * 7 / 8, abs=1)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(square["y"] + side / 8, abs=1)
    page.screenshot(path=folder / f"explore-map-{name}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("ArrowRight")
    expect(caption).to_have_text("This region has no map.")
    expect(overlay).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(overlay).to_be_visible()
    page.locator("#map-button").click()
    expect(overlay).to_be_hidden()
    expect(caption).to_be_hidden()
    page.locator("#map-button").click()
    expect(overlay).to_be_visible()
    page.keyboard.press("?")
    assert "map of the caption" in page.locator("#help").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("tablet", (900, 1000)), ("phone", PHONE)])
def test_looks_and_is_accessible(
    visit: Open, site: str, tmp_path: Path, name: str, size: tuple[int, int], scheme: str
) -> None:
    folder = Path(SHOTS) if SHOTS else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    image = first(site)
    key = image["regions"][1]["key"]
    page = visit(f"#/{image['image_id']}/{key}", size, color_scheme=scheme, reduced_motion="reduce")
    for view in ("description", "summaries", "negatives", "tree"):
        page.keyboard.press(str("description summaries negatives tree".split().index(view) + 1))
        page.wait_for_selector("#view > *")
        page.screenshot(path=folder / f"explore-{name}-{scheme}-{view}.png")
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
        assert found.violations_count == 0, found.generate_report()


def test_a_phone_has_all_of_it(visit: Open) -> None:
    page = visit(size=PHONE, has_touch=True, is_mobile=True)
    page.locator("#open-list").tap()
    page.locator(".row").nth(1).tap()
    expect(page.locator("#list")).to_be_hidden()
    page.locator(".phrase").first.tap()
    assert lit(page).startswith("1 ")
    page.locator("#tab-tree").tap()
    assert page.locator("[role=treeitem]").first.is_visible()
