"""Names, captions and model ids of somebody else's, wherever they are shown: they stay text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from support.hub_command import dci
from support.odd_release import edit

from dcikit.cli.table import Column, Format, Table, print_tables
from dcikit.files.markdown import markdown_code, markdown_text
from dcikit.hub.card import dataset_card
from dcikit.results.document import read_results
from dcikit.results.report import render, side_by_side_of
from dcikit.schema.results import Results
from dcikit.training.model_card import model_card

HTML = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TERMINAL = "[/x][bold]\x1b]0;title\x07\x9b2J\u202e:smile:\r"
MARKDOWN = "# a | ![x](http://e.org/x) [click](javascript:alert(1)) `code` *b*\n---\nlicense: mit\n---\n"
NASTY = HTML + TERMINAL + MARKDOWN
STEERING = set("\x1b\x07\x9b\u202e\r")


@pytest.fixture(scope="module")
def measured(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = tmp_path_factory.mktemp("results") / "results.json"
    assert dci("eval", "--dataset", odd, "--no-cache", "--blind", "--output", path).returncode == 0
    return read_results(path)


def spoilt(value: Any, told: list[str], key: str = "") -> Any:
    """The document with every free text replaced; what has a meaning of its own stays."""
    if isinstance(value, BaseModel):
        changed = {name: spoilt(getattr(value, name), told, name) for name in type(value).model_fields}
        return value.model_copy(update=changed)
    if isinstance(value, dict):
        return {name: spoilt(each, told, f"{key}.{name}") for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(spoilt(each, told, key) for each in value)
    if isinstance(value, str) and key not in ("task", "name", "dci_results", "split"):
        told.append(key)
        return NASTY
    return value


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


def test_the_report_with_hostile_text_in_every_field(measured: Results) -> None:
    told: list[str] = []
    document = spoilt(measured, told)
    assert len(told) > 10
    page = render(side_by_side_of([(NASTY, document), ("other", measured)]), None, frozenset())
    elements = Elements(page).found
    assert not [tag for tag, _ in elements if tag in ("script", "iframe", "object")]
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    images = [attributes.get("src") or "" for tag, attributes in elements if tag == "img"]
    assert all(source.startswith("data:") for source in images)
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("form", Format)
def test_tables(form: Format, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a terminal; a dumb one, so that no style of ours is among what is looked at."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    table = Table([Column("name", text=True), Column("score")], [[NASTY, 1.0]], NASTY)
    print_tables([table], [NASTY], form)
    shown = "".join(capsys.readouterr())
    assert "script" in shown
    assert not STEERING & set(shown)
    if form is Format.json:
        assert json.loads(shown)["tables"][0]["rows"][0]["name"] == NASTY
    if form is Format.markdown:
        assert "<" not in shown and "](" not in shown.replace("\\](", "")
    if form is Format.latex:
        assert not re.search(r"(?<!\\)[&%$#_{}](?=.*script)", shown.splitlines()[-2])


def test_a_release_with_hostile_names(one_image: Path) -> None:
    """Labels, captions and the name of a photo, through the commands that show them."""
    (name,) = [path.name for path in (one_image / "annotations").iterdir()]

    def spoil(doc: dict[str, Any]) -> None:
        doc["short_caption"] = doc["extra_caption"] = NASTY
        for mask in doc["mask_data"].values():
            mask["label"] = mask["caption"] = NASTY

    edit(one_image, name, spoil)
    edit(one_image, name, lambda doc: doc.update(image=NASTY), kinds=["annotations"])
    for command in (["verify", one_image, "--num-proc", 1], ["info", one_image], ["caption-quality", one_image]):
        done = dci(*command)
        assert done.stdout + done.stderr
        assert not STEERING & set(done.stdout + done.stderr), command
        assert "unexpected" not in done.stderr, done.stderr


def test_a_path_with_markup(tmp_path: Path) -> None:
    done = dci("info", tmp_path / "[red]x[/x]\x1b[31m")
    assert "[red]x[/x]\\x1b[31m" in done.stderr


def body(card: str) -> str:
    return card.split("\n---\n", 1)[1]


def test_the_card_of_an_import() -> None:
    source = dict.fromkeys(("name", "title", "homepage", "licence"), NASTY)
    card = dataset_card([], photos=False, release_revision="0" * 64, source=source)
    assert yaml.safe_load(card.split("---\n")[1])["license"] == "other"
    assert_text_only(body(card))


def test_the_card_of_a_training(measured: Results) -> None:
    from dcikit.training import load_recipe
    from dcikit.training.trained import Trained

    told = spoilt(measured, [])
    trained = Trained(told, told, regions=1, images=1, fingerprint="f", excluded={NASTY: 1}, history=[], best=None)
    card = model_card(NASTY, load_recipe("p1", ()), trained, NASTY)
    assert_text_only(re.sub(r"```.*?```", "", body(card), flags=re.DOTALL))
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    compile(code, "card", "exec")
    assert "alert" not in re.sub(r'"(\\.|[^"\\])*"', "", code)


def assert_text_only(markdown: str) -> None:
    """Outside of code spans there is no HTML, link or image."""
    outside = re.sub(r"(`+).*?\1(?!`)", "", markdown.replace("\\`", ""))
    assert "<script" not in outside and "<img" not in outside
    assert not re.search(r"(?<!\\)\]\(javascript|(?<!\\)\[click", outside)
    assert "\nlicense: mit" not in markdown


@pytest.mark.parametrize("text", [NASTY, "`", "``a`", " a ", "a|b", "\\"])
def test_markdown(text: str) -> None:
    assert "\n" not in markdown_text(text) + markdown_code(text)
    assert not re.search(r"(?<!\\)(\\\\)*[`*\[\]|]", markdown_text(text))
    fence = re.match("`+", markdown_code(text))
    assert fence and fence[0] not in markdown_code(text).strip("`")
