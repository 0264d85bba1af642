"""Is a difference real? Against worked-out and independently drawn answers."""

from __future__ import annotations

import copy
import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from support.results_documents import document, drawn, written

from dcikit.cli.main import main
from dcikit.results import bootstrap
from dcikit.results.compare import compare_results, holm

Counts = dict[str, tuple[int, int]]


def test_a_result_does_not_differ_from_itself() -> None:
    result = document({"all_scm": drawn(1, 0.5), "all_neg": drawn(2, 0.7)})
    for difference in compare_results(result, copy.deepcopy(result)).values():
        assert difference.a == difference.b
        assert (difference.difference, difference.interval, difference.p) == (0, (0, 0), 1)
        assert (difference.real, difference.real_holm) == (False, False)


def test_a_clear_difference_is_real() -> None:
    found = compare_results(document({"x": drawn(1, 0.3)}), document({"x": drawn(2, 0.8)}))["x"]
    assert found.real
    assert found.real_holm
    assert found.p == pytest.approx(2 / 10_001)
    low, high = found.interval or (0, 0)
    assert 0.3 < low < (found.difference or 0) < high < 0.7


def test_three_images_worked_out_in_full() -> None:
    """All 27 draws of three images, each as likely as the others."""
    a = {"1": (0, 1), "2": (1, 2), "3": (3, 4)}
    b = {"1": (1, 1), "2": (2, 2), "3": (2, 4)}
    gains, scored = {"1": 1, "2": 1, "3": -1}, {"1": 1, "2": 2, "3": 4}
    values = [
        sum(gains[image] for image in draw) / sum(scored[image] for image in draw)
        for draw in itertools.product("123", repeat=3)
    ]
    found = compare_results(document({"x": a}), document({"x": b}))["x"]
    assert found.difference == pytest.approx(1 / 7)
    at_most, at_least = (sum(sign * value <= 0 for value in values) / 27 for sign in (1, -1))
    assert found.p == pytest.approx(2 * min(at_most, at_least), abs=0.02)
    assert found.interval == pytest.approx((min(values), max(values)))  # 1 of 27 each, which is over 2.5%
    assert found.real is False


def test_against_an_independent_bootstrap() -> None:
    a, b = drawn(1, 0.5), drawn(2, 0.58)
    source = random.Random(3)
    values = []
    for _ in range(4000):
        images = source.choices(list(a), k=len(a))
        values.append(sum(b[image][0] - a[image][0] for image in images) / sum(a[image][1] for image in images))
    values.sort()
    found = compare_results(document({"x": a}), document({"x": b}))["x"]
    assert found.interval == pytest.approx((values[100], values[3899]), abs=0.01)
    assert found.p == pytest.approx(2 * sum(value <= 0 for value in values) / 4000, abs=0.02)


def test_the_other_way_round_and_in_another_order_of_images() -> None:
    a, b = document({"x": drawn(1, 0.5)}), document({"x": drawn(2, 0.6)})
    there, back = compare_results(a, b)["x"], compare_results(b, a)["x"]
    assert back.difference == pytest.approx(-(there.difference or 0))
    assert back.p == there.p
    counts = b.scores["x"].images
    b = document({"x": dict(reversed(counts.items()))})
    assert compare_results(a, b)["x"] == there


def test_scores_are_tested_alike_whatever_stands_beside_them() -> None:
    a, b = drawn(1, 0.5), drawn(2, 0.6)
    alone = compare_results(document({"x": a}), document({"x": b}))["x"]
    few = dict(itertools.islice(a.items(), 9))
    several = compare_results(document({"x": a, "few": few, "y": b}), document({"x": b, "few": few, "y": a}))
    assert (several["x"].interval, several["x"].p) == (alone.interval, alone.p)
    assert list(several) == ["x", "few", "y"]


def test_only_scores_of_both_are_compared() -> None:
    assert list(compare_results(document({"x": drawn(1, 0.5)}), document({"y": {}, "x": drawn(1, 0.5)}))) == ["x"]
    with pytest.raises(ValueError, match="no score in common"):
        compare_results(document({"x": {}}), document({"y": {}}))


def test_what_cannot_be_tested() -> None:
    one = compare_results(document({"x": {"1": (1, 4)}}), document({"x": {"1": (3, 4)}}))["x"]
    assert (one.difference, one.interval, one.p, one.real, one.real_holm) == (0.5, None, None, None, None)
    none = compare_results(document({"x": {}}), document({"x": {}}))["x"]
    assert (none.a, none.difference, none.real) == (None, None, None)


def test_holm_by_hand() -> None:
    corrected = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert corrected == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1, "b": 1}


def test_correction_takes_back_what_is_real_by_itself() -> None:
    pair = drawn(1, 0.5), drawn(12, 0.6)
    scores = compare_results(*(document({"x": counts, **{str(i): pair[0] for i in range(30)}}) for counts in pair))
    assert scores["x"].real
    assert not scores["x"].real_holm


def test_draws_do_not_depend_on_how_many_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array(list(drawn(1, 0.4).values()))
    whole = bootstrap.resampled_sums(counts, 500)
    interval = bootstrap.share_interval(*counts.T)
    monkeypatch.setattr(bootstrap, "_CELLS", 700)
    assert (bootstrap.resampled_sums(counts, 500) == whole).all()
    assert bootstrap.share_interval(*counts.T) == interval


PARAMETERS = {"suites": ["x"], "group_size": 8, "pooling": "p", "interval": "i"}
CHANGES = {
    "the fingerprints differ: abc and xyz": {"dataset__fingerprint": "xyz"},
    "without a fingerprint": {"dataset__fingerprint": None},
    "the splits differ: test and train": {"dataset__split": "train"},
    "image 17, 23 was skipped in one": {"dataset__skipped": {"17": "a", "23": "b"}},
    "the protocols differ in group_size: 8 and 4": {"protocol__parameters": {**PARAMETERS, "group_size": 4}},
    "the protocols differ: sdci and lotlip$": {"protocol__name": "lotlip", "protocol__parameters": {"score": "cosine"}},
    "the protocols differ in unit: None and 'region'": {"protocol__parameters": {**PARAMETERS, "unit": "region"}},
}


@pytest.mark.parametrize("message", CHANGES)
def test_refused(message: str) -> None:
    a, b = document({"x": drawn(1, 0.5)}), document({"x": drawn(1, 0.5)}, **CHANGES[message])
    with pytest.raises(ValueError, match=f"one.json and two.json cannot be compared: {message}"):
        compare_results(a, b, ("one.json", "two.json"))


def test_what_does_not_hinder() -> None:
    skipped = [{"5": "/a/photos/sa_5.jpg: is missing"}, {"5": "/b/complete/5-data.json: `image`: is missing"}]
    a = document({"x": drawn(1, 0.5)}, dataset__id="/a/dci", dataset__skipped=skipped[0])
    other = {**PARAMETERS, "suites": ["all", "hard"], "interval": "99%"}
    b = document(
        {"x": drawn(1, 0.5)}, "other", dataset__id="/b/dci", dataset__skipped=skipped[1], protocol__parameters=other
    )
    assert not compare_results(a, b)["x"].real


def test_other_regions_of_an_image() -> None:
    with pytest.raises(ValueError, match="other images or regions"):
        compare_results(document({"x": {"1": (1, 2)}}), document({"x": {"1": (1, 3)}}))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    same = drawn(3, 0.5)
    paths = []
    for name, chance in (("a", 0.3), ("b", 0.8)):
        scores = {"all_scm": drawn(ord(name), chance), "all_neg": same}
        paths.append(str(written(document(scores, name=f"[red]{name}"), tmp_path / f"{name}.json")))
    assert main(["compare", *paths]) == 0
    table = capsys.readouterr().out
    assert "A: [red]a" in table
    assert any("All SCM" in line and "B better" in line for line in table.splitlines())
    assert any("All Neg" in line and "equal" in line for line in table.splitlines())
    assert max(map(len, table.splitlines())) <= 80
    assert main(["compare", *paths, "--format", "json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["tables"]
    assert [row["verdict"] for row in found["rows"]] == ["B better", "equal"]
    assert found["rows"][1]["p"] == 1
    written(document({"all_neg": same}, dataset__split="train"), tmp_path / "b.json")
    assert main(["compare", *paths]) == 1
    assert "the splits differ" in capsys.readouterr().err
