"""What Python's own reader lets pass, and ours does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcikit.files.json_node import load_json
from dcikit.files.strict_json import parse_strictly
from dcikit.schema.errors import DataError


def test_plain_json() -> None:
    assert parse_strictly(b'{"a": [1, 2.5, null, {"a": "\\u00e9"}]}') == {"a": [1, 2.5, None, {"a": "é"}]}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' is there twice"),
        ('[{"x": {"b": 1, "b": 1}}]', "the key 'b' is there twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ("", "Expecting value"),
        (b'"\xff"', "utf-8"),
    ],
)
def test_refused(data: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_strictly(data)


def test_the_error_names_file_key_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"captions": 1, "captions": 2}')
    with pytest.raises(DataError, match=r"a\.json: is not valid JSON: the key 'captions' is there twice; get it again"):
        load_json(path, remedy="get it again")
    with pytest.raises(DataError, match=r"none\.json: the file is missing; get it again"):
        load_json(tmp_path / "none.json", remedy="get it again")
