"""What models got wrong, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.results_documents import document
from support.studio import indexed

from dcikit.data.release import Release
from dcikit.results.sample_writer import SampleWriter
from dcikit.schema.errors import ArgumentError, DataError
from dcikit.schema.score import Decision
from dcikit.studio.app import make_app
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.decisions import Decisions
from dcikit.studio.explore.query import Query
from dcikit.studio.explore.routes import explore_routes
from dcikit.studio.explore.search import Search

Row = tuple[str, str, str, float, float | None, str]
"""Score, image, region, own, rival, chosen; right where own is higher."""

A: list[Row] = [
    ("all_scm", "300207", "base", 0.5, 0.75, "300207/m-3-sc"),
    ("all_scm", "300207", "m-3-sc", 0.75, 0.5, "300207/m-3-sc"),
    ("all_scm", "300013", "base", 0.25, 0.75, "90001/m-6-sc"),
    ("all_neg", "300207", "base", 0.5, 0.5, "swaps_0"),
    ("all_scm", "90001", "m-6-sc", 0.5, None, "90001/m-6-sc"),
]
B: list[Row] = [
    ("all_scm", "300207", "base", 0.75, 0.5, "300207/base"),
    ("all_scm", "300207", "m-3-sc", 0.25, 0.375, "999/base"),
    ("all_scm", "300013", "base", 0.5, 0.625, "300013/m-9-sc"),
]


def write(path: Path, model: str, rows: list[Row]) -> Path:
    with SampleWriter(path, facts=False) as samples:
        for score, image_id, key, own, rival, chosen in rows:
            correct = rival is None or own > rival
            samples.add(score, Decision(image_id, key, own, rival, chosen, correct, 0))
        samples.finish(document({}, model))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("samples")
    return [write(folder / "a.parquet", "model-a", A), write(folder / "b.parquet", "model-b", B)]


@pytest.fixture(scope="module")
def search(odd: Path, files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder = tmp_path_factory.mktemp("index")
    return Search(indexed(ReleaseCollection(Release(odd), "odd"), folder).index, Decisions(files, folder))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("x", "300013:base 300207:base"),  # the worst margin first: -0.5, -0.25
        ("-x", "300207:m-3-sc 300013:base"),  # the two are as wrong, then in the release's order
        ("xx", "300013:base"),
        ("xo", "300207:base"),
        ("ox", "300207:m-3-sc"),
        ("oo", ""),
        ("--", None),
    ],
)
def test_regions_that_models_got_wrong(search: Search, wrong: str, expected: str | None) -> None:
    query = Query(score="all_scm", wrong=wrong)
    rows = search.rows(query, search.hits(query))
    if expected is None:
        assert len(rows) == 12
    else:
        assert [f"{row['image_id']}:{row['key']}" for row in rows] == expected.split()


def test_with_words_and_filters(search: Search) -> None:
    assert [hit.image_id for hit in search.hits(Query("photo", score="all_scm", wrong="x"))] != []
    assert search.hits(Query("photo", score="all_scm", wrong="x", depth="1-")) == []
    assert search.hits(Query(score="hard_neg", wrong="x")) == []


def test_side_by_side_with_what_was_chosen(search: Search, odd: Path) -> None:
    collection = search.index.collection
    assert search.decisions is not None
    found = search.decisions.of_image("300207", collection)
    record, _ = collection.examine("300207")
    assert record is not None
    scm, neg = found["base"]
    assert (scm["score"], scm["title"], neg["title"]) == ("all_scm", "All SCM", "All Neg")
    chosen = {"image_id": "300207", "key": "m-3-sc", "text": record.captions["m-3-sc"][0]}
    assert scm["models"] == [
        {"correct": False, "tied": False, "own": 0.5, "rival": 0.75, "chosen": chosen},
        {"correct": True, "tied": False, "own": 0.75, "rival": 0.5, "chosen": None},
    ]
    assert neg["models"][0]["chosen"] == {"name": "swaps_0", "text": record.negatives["base"]["swaps"][0]}
    assert neg["models"][0]["tied"] and neg["models"][1] is None
    unknown = found["m-3-sc"][0]["models"][1]["chosen"]
    assert unknown == {"image_id": "999", "key": "base", "text": None}, "not in this data"


def test_they_are_served(search: Search) -> None:
    client = TestClient(make_app([explore_routes(search)]), base_url="http://localhost")
    page = client.get("/").text
    assert "only model-a is wrong" in page and '<option value="all_neg">All Neg</option>' in page
    answer = client.get("/api/decisions/300013").json()
    assert answer["models"] == ["model-a", "model-b"]
    assert answer["regions"]["base"][0]["models"][0]["chosen"]["key"] == "m-6-sc"
    assert client.get("/crops/90001", params={"key": "m-6-sc"}).headers["Content-Type"] == "image/jpeg"
    assert client.get("/crops/90001", params={"key": "m-99-sc"}).status_code == 404
    assert client.get("/api/images", params={"wrong": "xxx", "score": "all_scm"}).status_code == 422
    assert client.get("/api/images", params={"wrong": "1"}).status_code == 422


def test_files_are_checked(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="at most 2 files"):
        Decisions([*files, files[0]], tmp_path)
    other = tmp_path / "other.parquet"
    other.write_bytes(b"PAR1")
    with pytest.raises(DataError, match="Parquet"):
        Decisions([other], tmp_path)
    assert list(tmp_path.glob("*.sqlite")) == []
