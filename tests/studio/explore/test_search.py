"""What is found, in which order, and that the index follows the files."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.odd_release import Doc, Maker, edit, file_bytes, make_doc, make_mask, write_json, write_release
from support.studio import indexed

from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.index import Index
from dcikit.studio.explore.query import Query, match_expression
from dcikit.studio.explore.search import Search

SIZE = (300, 300)


def words_of(number: int, change: Callable[[Doc], None]) -> tuple[str, Doc]:
    masks = [
        make_mask(SIZE, 0, (0, 0, 300, 240), label="table", caption="It is wooden.", requirements=[1]),
        make_mask(SIZE, 1, (10, 10, 30, 30), parent=0, label="cup", caption="It is white."),
        make_mask(SIZE, 2, (0, 250, 300, 300), label="rug", caption="", mask_quality=1),
    ]
    doc = make_doc(f"sa_{number}.jpg", SIZE, masks, short_caption=f"Room {number}.", extra_caption="")
    doc["summaries"] = {"base": ["a room with a table"]}
    doc["negatives"] = {"base": {"basic": ["a garden with a table"], "layout": [], "swaps": []}}
    change(doc)
    return f"{number}-data.json", doc


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """Images 1 to 4, alike but for one text each, which is about a zebra; 4 in split test."""
    docs = dict(
        [
            words_of(1, lambda doc: doc["negatives"]["base"].update(basic=["a zebra with a table"])),
            words_of(2, lambda doc: doc["mask_data"]["1"].update(caption="A zebra is on it.")),
            words_of(3, lambda doc: doc["mask_data"]["1"].update(label="zebra 100%")),
            words_of(4, lambda doc: doc.update(extra_caption="Zwei Cafés, a small zebra crossing.")),
        ]
    )
    photo = file_bytes(Maker().photo(SIZE))
    photos = {doc["image"]: photo for doc in docs.values()}
    names = list(docs)
    return write_release(tmp_path / "rooms", docs, photos, {"train": names[:3], "valid": [], "test": names[3:]})


@pytest.fixture
def search(rooms: Path, tmp_path: Path) -> Search:
    return indexed(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "index")


def found(search: Search, **query: str) -> list[str]:
    return [hit.image_id for hit in search.hits(Query(**query))]


def test_labels_before_captions_before_negatives(search: Search) -> None:
    assert found(search, words="zebra") == ["3", "2", "4", "1"]
    rows = search.rows(Query(words="zebra"), search.hits(Query(words="zebra")))
    assert [row["key"] for row in rows] == ["m-1-sc", "m-1-sc", "base", "base"]
    assert rows[1]["snippet"] == [("A ", False), ("zebra", True), (" is on it.", False)]
    assert (rows[0]["caption"], rows[0]["masks"], rows[0]["split"], rows[0]["defects"]) == ("Room 3.", 3, "train", 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zeb", "3 2 4 1"),  # the last word may be unfinished
        ("zeb ", ""),
        ('"zebra crossing"', "4"),
        ('"crossing zebra"', ""),
        ("crossing zebra", "4"),  # in any order
        ("cup wooden", ""),  # not in one region
        ("CAFES", "4"),
        ("room 3", "3"),
        ("zebra OR cup", ""),  # nothing has a meaning of its own
        ("caption:zebra", ""),
        ('zebra" NEAR(', ""),
        ("^zebra -cup *", "2"),
    ],
)
def test_words(search: Search, words: str, expected: str) -> None:
    assert sorted(found(search, words=words)) == sorted(expected.split())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "1 2 3 4"),
        ({"words": '"" *'}, "1 2 3 4"),
        ({"split": "test"}, "4"),
        ({"label": "ZEB"}, "3"),
        ({"label": "zebra 100%"}, "3"),
        ({"label": "%"}, ""),
        ({"label": "_up"}, ""),
        ({"quality": "low_quality"}, "1 2 3 4"),
        ({"quality": "bad"}, ""),
        ({"quality": "defects"}, ""),
        ({"words": "zebra", "depth": "2-"}, "3 2"),
        ({"words": "zebra", "depth": "0-0"}, "4 1"),
        ({"words": "zebra", "area": "-0.01"}, "3 2"),
        ({"label": "cup", "area": "0.01-0.1"}, ""),
        ({"label": "rug", "quality": "ok"}, ""),
    ],
)
def test_filters_are_asked_of_one_region(search: Search, query: dict[str, str], expected: str) -> None:
    assert found(search, **query) == expected.split()


@pytest.mark.parametrize("query", [{"quality": "good"}, {"depth": "1"}, {"area": "a-b"}, {"depth": "1-2; DROP"}])
def test_wrong_filters_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(query))):
        Query(**query)


def test_labels_most_frequent_first(search: Search) -> None:
    assert search.labels() == ["rug", "table", "cup", "zebra 100%"]


def test_no_word_has_a_meaning_of_its_own() -> None:
    assert match_expression('a "red car" NEAR(do') == '"a" "red car" "NEAR(do" *'
    assert match_expression(' " ') == ""


def test_the_index_follows_the_files(rooms: Path, search: Search, tmp_path: Path) -> None:
    edit(rooms, "2-data.json", lambda doc: doc["mask_data"]["1"].update(caption="An okapi is on it."))
    edit(rooms, "3-data.json", lambda doc: doc["mask_data"]["1"].update(idx=[]))
    write_json(rooms / "splits.json", {"train": ["3-data.json"], "valid": ["2-data.json"], "test": ["4-data.json"]})
    again = Search(Index(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "index"))
    assert again.index.indexed == 3
    assert found(again, words="zebra") == ["3", "2", "4"], "what is known already can be searched at once"
    again.index.update()
    assert again.index.indexed == 3
    assert found(again, words="zebra") == ["4"]
    assert found(again, words="okapi") == found(again, split="validation") == ["2"]
    assert found(again, quality="defects") == ["3"]
    assert found(again) == ["3", "2", "4"]


def test_before_it_is_made_the_list_is_there(rooms: Path, tmp_path: Path) -> None:
    empty = Search(Index(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "other"))
    assert empty.rows(Query(), empty.hits(Query())[:1]) == [{"image_id": "1", "split": "train"}]
    assert found(empty, words="zebra") == []


def test_a_damaged_index_is_made_anew(rooms: Path, search: Search, tmp_path: Path) -> None:
    search.index.path.write_bytes(b"SQLite format 3\0" + b"damaged" * 1000)
    assert found(indexed(search.index.collection, tmp_path / "index"), words="okapi") == []
    with sqlite3.connect(search.index.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    again = indexed(search.index.collection, tmp_path / "index")
    assert found(again, words="zebra") == ["3", "2", "4", "1"]


def test_negatives_of_other_datasets_are_found_too(rooms: Path, tmp_path: Path) -> None:
    edit(rooms, "1-data.json", lambda doc: doc["negatives"]["base"].update(attribute=["an okapi"]), ["complete"])
    assert found(indexed(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "index"), words="okapi") == ["1"]


def test_it_is_made_beside_the_page(rooms: Path, tmp_path: Path) -> None:
    index = Index(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "beside")
    index.start()
    for _ in range(600):
        if index.indexed == 4:
            break
        time.sleep(0.05)
    index.stop()
    assert (index.indexed, index.error) == (4, None)
    assert found(Search(index), words="zebra") == ["3", "2", "4", "1"]


def test_it_stops_with_the_page(rooms: Path, tmp_path: Path) -> None:
    index = Index(ReleaseCollection(Release(rooms), "rooms"), tmp_path / "beside")
    index.start()
    index.stop()
    assert (index.indexed, index.error) == (0, None)
