"""Explore as a folder of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.odd_release import NAME, edit

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError
from dcikit.studio.explore import static_site
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.document import image_document, masks_document
from dcikit.studio.explore.static_site import write_site


def test_the_files_are_what_the_api_answers(odd: Path, tmp_path: Path) -> None:
    collection = ReleaseCollection(Release(odd), "odd")
    assert list(write_site(collection, tmp_path / "site")) == list(collection.splits)
    data = tmp_path / "site" / "data"
    rows = json.loads((data / "list.json").read_text())
    for place, image_id in enumerate(collection.splits):
        record, defects = collection.examine(image_id)
        expected = image_document(image_id, collection.splits[image_id], record, defects)
        assert json.loads((data / "images" / f"{place}.json").read_text()) == json.loads(json.dumps(expected))
        assert json.loads((data / "masks" / f"{place}.json").read_text()) == masks_document(record)
        assert (data / "photos" / rows[place]["photo"]).read_bytes() == collection.photo(image_id)
    assert rows[0]["image_id"] == next(iter(collection.splits))
    assert (tmp_path / "site" / ".nojekyll").is_file(), "GitHub Pages takes all files then"


def test_its_page_needs_no_server(odd: Path, tmp_path: Path) -> None:
    list(write_site(ReleaseCollection(Release(odd), "odd"), tmp_path / "site"))
    page = (tmp_path / "site" / "index.html").read_text()
    assert 'data-source="static"' in page and 'href="/' not in page and 'src="/' not in page
    for part in ("assets/base.css", "assets/theme.js", "assets/explore/main.js", "assets/explore/static_source.js"):
        assert (tmp_path / "site" / part).is_file()
    for module in (tmp_path / "site" / "assets").rglob("*.js"):
        for line in module.read_text().splitlines():
            if line.startswith("import "):
                assert (module.parent / line.split('"')[1]).is_file(), f"{module.name}: {line}"


def test_what_cannot_be_shown_is_said_in_it(one_image: Path, tmp_path: Path) -> None:
    (one_image / "photos" / "sa_1.jpg").unlink()
    edit(one_image, NAME, lambda doc: doc.update(image="../sa_1.jpg"))
    list(write_site(ReleaseCollection(Release(one_image), "one"), tmp_path / "site"))
    [row] = json.loads((tmp_path / "site" / "data" / "list.json").read_text())
    assert (row["photo"], row["defects"]) == (None, 1)


def test_whole_or_not_at_all(odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = ReleaseCollection(Release(odd), "odd")
    writing = write_site(collection, tmp_path / "site")
    next(writing)
    writing.close()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "site").mkdir()
    with pytest.raises(ArgumentError, match="does not exist"):
        next(write_site(collection, tmp_path / "site"))
    monkeypatch.setattr(static_site, "MOST_IMAGES", 11)
    with pytest.raises(ArgumentError, match="at most 11 for a site, got 12 images"):
        next(write_site(collection, tmp_path / "other"))


def test_command(odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", str(odd), "--limit", "2", "--export", str(tmp_path / "site")]) == 0
    assert "may not be passed on" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "site" / "data" / "list.json").read_text())) == 2
    assert main(["explore", str(odd), "--host", "0.0.0.0", "--no-browser"]) == 1
    assert "`--token` must be given" in capsys.readouterr().err
