"""The results document: what is refused, and that it comes back as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.results_documents import document, drawn, score, written

from dcikit.results.chance import chance
from dcikit.results.document import read_results
from dcikit.results.labels import labels
from dcikit.schema.errors import DataError
from dcikit.schema.score import Score

GOOD: dict[str, Any] = {
    "value": 0.5, "interval": (0.4, 0.6), "regions": 4, "excluded": {}, "tied": 0, "truncated": 0,
    "images": {"1": (2, 4)},
}  # fmt: skip


def test_written_and_read_again(tmp_path: Path) -> None:
    results = document({"all_scm": score(drawn(1, 0.4), interval=(1 / 3, 0.5), excluded={"why": 3}, tied=2)})
    assert read_results(written(results, tmp_path / "results.json")) == results
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": float("nan")}, "value"),
        ({"value": float("inf")}, "value"),
        ({"value": 1.5}, "value"),
        ({"value": True}, "value"),
        ({"value": 0.6}, "`value` is 0.6, `images` holds 2 right of 4"),
        ({"value": None}, "`value` is None"),
        ({"regions": 5}, "`regions` is 5, `images` holds 4"),
        ({"regions": 4.0}, "regions"),
        ({"tied": 5}, "`tied` is 5 of 4"),
        ({"images": {"1": (5, 4)}}, "5 right of 4 scored regions for image 1"),
        ({"images": {"1": (2, 4), "2": (0, 0)}}, "images.2"),
        ({"interval": (0.6, 0.4)}, "lower end first"),
        ({"interval": (0.4, 1.1)}, "interval.1"),
        ({"excluded": {"why": -1}}, "excluded.why"),
        ({"entries": 4}, "entries"),
    ],
)
def test_scores_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    Score(**GOOD)
    with pytest.raises(ValueError, match=message):
        Score(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda doc: doc.clear(), "is no results file"),
        (
            lambda doc: doc.update(dci_results=1),
            "`dci_results`: the file has version 1 of the layout, version 2 is read",
        ),
        (lambda doc: doc["model"].pop("weights_sha256"), "`model.weights_sha256`: is missing"),
        (lambda doc: doc["dataset"].update(limit="7"), "`dataset.limit`: input should be a valid integer, got '7'"),
        (lambda doc: doc["scores"]["x"].update(regions=1), "`scores.x`: `regions` is 1"),
        (lambda doc: doc["scores"]["x"]["images"].update({"1": [1]}), "`scores.x.images.1.1`: is missing"),
        (lambda doc: doc.update(versions={}), "`versions`"),
        (lambda doc: doc.update(date="yesterday"), "`date`"),
        (lambda doc: doc.update(more=1), "`more`: extra inputs are not permitted"),
    ],
)
def test_files_that_are_wrong_name_file_key_and_remedy(tmp_path: Path, change: Any, message: str) -> None:
    path = written(document({"x": {"1": (1, 2)}}), tmp_path / "results.json")
    contents = json.loads(path.read_text())
    change(contents)
    path.write_text(json.dumps(contents))
    with pytest.raises(DataError, match=message.replace("(", r"\(")) as error:
        read_results(path)
    assert error.value.file == str(path)
    assert "dci eval --output" in error.value.remedy


def test_what_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"dci_results": 2,')
    with pytest.raises(DataError, match="is not JSON"):
        read_results(tmp_path / "a")
    with pytest.raises(DataError, match="cannot be read"):
        read_results(tmp_path / "absent")
    path = written(document({"x": {"1": (1, 2)}}), tmp_path / "b")
    path.write_text(path.read_text().replace('"value": 0.5', '"value": NaN'))
    with pytest.raises(DataError, match="`scores.x.value`"):
        read_results(path)


def test_labels_tell_results_of_one_model_apart() -> None:
    a = document({}, "org/clip")
    half = document({}, "org/clip", model__dtype="bfloat16")
    lora = document({}, "org/clip", model__adapter="/home/me/runs/lora")
    other = document({}, "/models/local/clip")
    assert labels([a, other]) == ["org/clip", "local/clip"]
    assert labels([a, half, lora]) == ["org/clip, float32", "org/clip, bfloat16", "org/clip + runs/lora"]
    tuned = document({}, "org/clip", model__weights_sha256="b" * 64)
    assert labels([a, tuned]) == ["org/clip, weights org/cli", "org/clip, weights bbbbbbb"]


def test_chance_by_hand() -> None:
    """19 regions in groups of 8: one of each of the three groups is right."""
    three = {"1": (0, 4), "2": (0, 10), "3": (0, 5)}
    names = ("all_scm", "image_scm", "all_caption_to_subcrop", "hard_neg", "pick5_neg", "i2t_r@5", "t2i_r@1", "other")
    results = document({**{name: three for name in names}, "i2t_r@1": three})
    found = {name: chance(results, name) for name in names}
    assert found == pytest.approx(
        {
            "all_scm": 3 / 19,
            "image_scm": 3 / 19,
            "all_caption_to_subcrop": 3 / 19,
            "hard_neg": 1 / 2,
            "pick5_neg": 1 / 6,
            "i2t_r@5": 5 / 19,
            "t2i_r@1": 1 / 19,
            "other": None,
        }
    )
    two = document({"pick5_scm": {"1": (0, 2)}, "pick5_caption_to_subcrop": {"1": (0, 2)}})
    assert chance(two, "pick5_scm") == pytest.approx(1 / 252), "five of ten captions are on top: 10 over 5 ways"
    assert chance(two, "pick5_caption_to_subcrop") == pytest.approx(1 / 32)
