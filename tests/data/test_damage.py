"""Wrong values at any place of an annotation: each is an error that says where, and nothing else is ever raised."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.odd_release import NAME

from dcikit.data.parse import parse_record
from dcikit.files.json_node import Node

Place = tuple[str | int, ...]

VALUES: list[Any] = [None, True, 0, 1, -1, 3, 1.5, 10**400, float("inf"), "", "-1", "1", "é", "\ud800", "AAA", [], {}]
VALUES += [["1", 3], [None], {"topLeft": {"x": 1, "y": 2}, "bottomRight": {"x": 3.0, "y": 4}}, {"swaps": ["a"]}]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Of all that is in a document."""
    for name, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*place, name)
        yield from places(each, (*place, name))


def at(doc: Any, place: Place) -> Any:
    for name in place:
        doc = doc[name]
    return doc


def defect_keys(doc: Any) -> list[str]:
    record, defects = parse_record(Node(doc, "file"), "1")
    assert (record is None) == bool(defects)
    assert all(defect.file == "file" and defect.problem and defect.remedy for defect in defects)
    return [defect.key for defect in defects]


@pytest.fixture
def doc(one_image: Path) -> Any:
    return json.loads((one_image / "complete" / NAME).read_text(encoding="utf-8"))


def test_a_wrong_type_is_named_wherever_it_is(doc: Any) -> None:
    assert defect_keys(doc) == []
    for place in places(doc):
        if "bounds" in place:  # any other shape: the box of the mask counts
            continue
        damaged = copy.deepcopy(doc)
        at(damaged, place[:-1])[place[-1]] = 7.5 if isinstance(at(doc, place), dict) else {}
        assert defect_keys(damaged)[0] == ".".join(map(str, place))


def test_numbers_that_no_float_holds(doc: Any) -> None:
    for value in (10**400, -(10**400), float("inf"), float("nan")):
        doc["clip_scores"]["base"]["swaps_0"] = value
        assert defect_keys(doc) == ["clip_scores.base.swaps_0"]


def test_random_damage_is_never_more_than_defects(odd: Path) -> None:
    source = random.Random(0)
    docs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((odd / "complete").iterdir())]
    found = [defect_keys(_damaged(copy.deepcopy(source.choice(docs)), source)) for _ in range(1000)]
    assert 200 < sum(map(bool, found)) < 900, "neither all are refused nor none"


def _damaged(doc: Any, source: random.Random) -> Any:
    """A value or two replaced by another one, of the document itself or of `VALUES`, or left out."""
    for _ in range(source.choice((1, 1, 2))):
        place, other = source.choices([each for each in places(doc) if len(each) < 4], k=2)
        parent = at(doc, place[:-1])
        parent[place[-1]] = copy.deepcopy(source.choice((at(doc, other), source.choice(VALUES))))
        if source.random() < 0.3:
            del parent[place[-1]]
    return doc
