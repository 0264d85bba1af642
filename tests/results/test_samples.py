"""Every decision as a file, and scores by slice of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.mock_model import measure
from support.results_documents import document

from dcikit.api.release_facts import release_facts
from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.results import sample_writer
from dcikit.results.bootstrap import share_interval
from dcikit.results.region_facts import RegionFacts, mask_depth, region_facts
from dcikit.results.sample_reader import read_header, read_samples, score_names
from dcikit.results.sample_writer import SampleWriter
from dcikit.results.slices import slices
from dcikit.schema.results import Results
from dcikit.schema.score import Decision

FACTS = {("7", "base"): RegionFacts(1.0, 100, 9, 2, 0)}
DECISION = Decision("7", "base", own=2.0, rival=1.5, chosen="caption", correct=True, truncated=1)
DOCUMENT = document({})


@pytest.fixture(scope="module")
def measured(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    path = tmp_path_factory.mktemp("measured") / "samples.parquet"
    return path, measure(odd, samples=path)


def test_the_file_holds_every_decision_of_the_results(measured: tuple[Path, Results]) -> None:
    path, document = measured
    assert set(score_names(path)) == {name for name, score in document.scores.items() if score.regions}
    for name in score_names(path):
        score = document.scores[name]
        rows = read_samples(path, name, ["image_id", "correct", "tied", "truncated"]).to_pylist()
        assert len(rows) == score.regions
        assert sum(row["correct"] for row in rows) / len(rows) == score.value
        assert sum(row["tied"] for row in rows) == score.tied
        assert sum(row["truncated"] for row in rows) == score.truncated
        assert {row["image_id"] for row in rows} == score.images.keys()


def test_margins_and_what_was_chosen(measured: tuple[Path, Results]) -> None:
    for row in pq.read_table(measured[0]).to_pylist():
        if row["rival"] is None:  # a last group of one
            assert row["margin"] is None
        else:
            assert row["margin"] == row["own"] - row["rival"]
            assert row["margin"] >= 0 if row["correct"] else row["margin"] <= 0
        if row["score"] == "all_scm":
            assert (row["chosen"] == f"{row['image_id']}/{row['key']}") == row["correct"]
        if row["score"] == "neg_layout":
            assert row["chosen"] == ("caption" if row["correct"] else "layout_0")


def test_header_is_the_results_file_without_its_scores(measured: tuple[Path, Results]) -> None:
    path, document = measured
    assert read_header(path) == document.model_copy(update={"scores": {}})


def test_facts(odd: Path, measured: tuple[Path, Results]) -> None:
    columns = ["image_id", "key", "crop_area_share", "crop_area", "caption_words", "n_captions", "mask_depth"]
    rows = {(row["image_id"], row["key"]): row for row in read_samples(measured[0], "all_scm", columns).to_pylist()}
    for name in Release(odd).names("test"):
        record = Release(odd).read(name, summaries=True)
        masks = {mask.key: mask for mask in record.masks}
        for region in sdci_row(record)["regions"]:
            row = rows[record.image_id, region["key"]]
            x0, y0, x1, y1 = region["crop_box"]
            assert row["crop_area"] == (x1 - x0) * (y1 - y0)
            assert row["crop_area_share"] == pytest.approx(row["crop_area"] / record.width / record.height)
            assert row["caption_words"] == len(region["captions"][0].split())
            assert row["n_captions"] == len(region["captions"])
            depth, mask = 0, masks.get(region["key"])
            while mask is not None:
                depth, mask = depth + 1, masks.get(f"m-{mask.parent_id}-sc")
            assert row["mask_depth"] == depth
    assert {row["mask_depth"] for row in rows.values()} >= {0, 1, 2, 3}


def test_mask_depth() -> None:
    parents = {"1": None, "2": "1", "3": "2", "4": "9", "5": "6", "6": "5"}
    assert [mask_depth(mask, parents) for mask in "123456"] == [1, 2, 3, None, None, None]
    assert mask_depth("1", {}) is None


def test_facts_without_parents_know_the_depth_of_the_image_alone(odd: Path) -> None:
    record = Release(odd).read("300207-data.json", summaries=True)
    facts = region_facts(sdci_row(record))
    assert facts["300207", "base"].mask_depth == 0
    assert {each.mask_depth for (_, key), each in facts.items() if key != "base"} == {None}


def test_rows_that_are_none() -> None:
    with pytest.raises(ValueError, match="rows of config sdci"):
        region_facts({"image_id": "1"})
    with pytest.raises(ValueError, match="`width`, `height`"):
        region_facts({"image_id": "1", "regions": []})


def test_facts_of_a_release_need_no_photo(one_image: Path) -> None:
    record = Release(one_image).read("1-data.json", summaries=True)
    expected = region_facts(sdci_row(record), {mask.mask_id: mask.parent_id for mask in record.masks})
    for photo in (one_image / "photos").iterdir():
        photo.unlink()
    assert release_facts(Release(one_image))("1") == expected


def test_small_batches_make_the_same_file(
    odd: Path, measured: tuple[Path, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_writer, "_ROWS", 5)
    measure(odd, samples=tmp_path / "small.parquet")
    assert pq.read_metadata(tmp_path / "small.parquet").num_row_groups > 10
    assert pq.read_table(tmp_path / "small.parquet").equals(pq.read_table(measured[0]))


def test_no_file_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    with pytest.raises(KeyError), SampleWriter(path) as samples:
        samples.remember(FACTS)
        samples.add("all_neg", DECISION)
        raise KeyError
    assert not list(tmp_path.iterdir())
    with SampleWriter(path) as samples:
        samples.remember(FACTS)
        samples.add("all_neg", DECISION)
        assert not path.exists()
        samples.finish(DOCUMENT)
    assert list(tmp_path.iterdir()) == [path]
    assert pq.read_table(path).to_pylist()[0]["margin"] == 0.5


def test_a_region_without_a_rival(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    with SampleWriter(path) as samples:
        samples.remember(FACTS)
        samples.add("all_scm", Decision("7", "base", 2.0, None, "7/base", True, 0))
        samples.finish(DOCUMENT)
    row = pq.read_table(path).to_pylist()[0]
    assert (row["rival"], row["margin"], row["tied"]) == (None, None, False)


def test_facts_that_nobody_gave(tmp_path: Path) -> None:
    with SampleWriter(tmp_path / "a") as samples, pytest.raises(ValueError, match="image 7 region base.*`expect`"):
        samples.add("all_neg", DECISION)
    with SampleWriter(tmp_path / "a", lambda image_id: {}) as samples, pytest.raises(ValueError, match="image 7"):
        samples.add("all_neg", DECISION)


def test_old_facts_are_looked_up_again_or_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_writer, "REMEMBERED", 1)
    asked = []

    def look_up(image_id: str) -> dict[tuple[str, str], RegionFacts]:
        asked.append(image_id)
        return {(image_id, "base"): FACTS["7", "base"]}

    words = {}
    for name, writer in {"asks": SampleWriter(tmp_path / "a", look_up), "told": SampleWriter(tmp_path / "b")}.items():
        with writer as samples:
            if name == "told":
                samples.remember(FACTS)
                samples.remember({("8", "base"): FACTS["7", "base"]})
            for image_id in ("7", "7", "8", "7"):
                samples.add("x", Decision(image_id, "base", 1.0, 0.0, "caption", True, 0))
            samples.finish(DOCUMENT)
        words[name] = [row["caption_words"] for row in pq.read_table(writer.path).to_pylist()]
    assert asked == ["7", "8", "7"]
    assert words == {"asks": [9, 9, 9, 9], "told": [None, None, 9, None]}


def test_slices_against_counting(measured: tuple[Path, Results]) -> None:
    path, document = measured
    rows = read_samples(path, "all_scm", ["image_id", "correct", "mask_depth", "crop_area_share"]).to_pylist()
    found = {(each.by, each.name): each for each in slices(path, "all_scm")}
    whole = found["", "all regions"]
    score = document.scores["all_scm"]
    assert (whole.value, whole.interval, whole.regions) == (
        score.value,
        score.interval,
        score.regions,
    )
    deep = [row for row in rows if row["mask_depth"] == 1]
    each = found["mask depth", "1, in the image"]
    assert each.regions == len(deep)
    assert each.value == sum(row["correct"] for row in deep) / len(deep)
    images = list(dict.fromkeys(row["image_id"] for row in deep))
    counts = [[row["correct"] for row in deep if row["image_id"] == image] for image in images]
    assert each.interval == share_interval(np.array([sum(c) for c in counts]), np.array([len(c) for c in counts]))
    quarter = [row for row in rows if 0.1 <= row["crop_area_share"] < 0.25]
    assert found["crop area", "10 to 25%"].regions == len(quarter)
    for by in {by for by, _ in found} - {""}:
        assert sum(each.regions for (other, _), each in found.items() if other == by) == whole.regions


def test_facts_that_are_not_known_are_a_slice(tmp_path: Path) -> None:
    with SampleWriter(tmp_path / "a") as samples:
        samples.remember({("7", "m-1-sc"): RegionFacts(1.0, 1, 50, 1, None)})
        samples.add("x", Decision("7", "m-1-sc", 1.0, 0.0, "caption", True, 0))
        samples.finish(DOCUMENT)
    assert [(each.by, each.name, each.interval) for each in slices(tmp_path / "a", "x")] == [
        ("", "all regions", None),
        ("mask depth", "not known", None),
        ("crop area", "50% and more", None),
        ("caption words", "45 and more", None),
    ]


def test_command(measured: tuple[Path, Results], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slices", str(measured[0])]) == 0
    table = capsys.readouterr().out
    assert "All SCM of mock" in table
    assert "the whole image" in table
    assert main(["slices", str(measured[0]), "--score", "all_neg", "--score", "all_sm"]) == 1
    done = capsys.readouterr()
    assert done.out == ""
    assert "there is no 'all_sm'; choose one of all_caption_to_subcrop" in done.err


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no Parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other")
    for name, message in {
        "absent": "is no file",
        "text": "not Parquet",
        "other": "no file of `dci eval --log-samples`",
    }.items():
        with pytest.raises(ValueError, match=message):
            read_header(tmp_path / name)
