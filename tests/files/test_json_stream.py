"""JSON objects from files larger than memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dcikit.files import json_stream
from dcikit.files.json_stream import json_objects

ROWS = [{"id": number, "text": 'a "}" ],[ é' * number} for number in range(40)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("chunk", [1, 7, 2**20])
def test_an_array_in_pieces_of_any_size(
    tmp_path: Path, indent: int | None, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    path = tmp_path / "rows.json"
    path.write_text("\n " + json.dumps(ROWS, indent=indent, ensure_ascii=False), encoding="utf-8")
    nodes = list(json_objects(path))
    assert [node.value for node in nodes] == ROWS
    assert [node.key for node in nodes] == [str(number) for number in range(40)]


def test_lines_with_blank_ones_between(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2}', encoding="utf-8")
    assert [(node.key, node.value) for node in json_objects(path)] == [("line 1", {"a": 1}), ("line 3", {"a": 2})]


def test_files_without_objects(tmp_path: Path) -> None:
    for text in ("", "[]", "[ ]", "\n"):
        (tmp_path / "rows.json").write_text(text)
        assert not list(json_objects(tmp_path / "rows.json"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b'[{"a": 1}, {"a"', r"rows: `1`: is not valid JSON"),
        (b'[{"a": 1}', r"rows: `1`: is not valid JSON"),
        (b"[12]", r"rows: `0`: must be an object"),
        (b'[{"a": NaN}]', r"rows: `0`: is not valid JSON: NaN is not a number"),
        (b'{"a": 1, "a": 2}', r"rows: `line 1`: is not valid JSON: the key 'a' is there twice"),
        (b"[" * 10000, r"rows: `0`: is not valid JSON"),
        (b'{"a": "\xff"}', r"rows: is not UTF-8"),
    ],
)
def test_what_is_not_json_is_one_error(tmp_path: Path, text: bytes, error: str) -> None:
    (tmp_path / "rows").write_bytes(text)
    with pytest.raises(ValueError, match=error):
        list(json_objects(tmp_path / "rows"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: the file is missing; give the path of the file"):
        list(json_objects(tmp_path / "nowhere"))
