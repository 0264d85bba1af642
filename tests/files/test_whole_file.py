"""Files are there whole, or as they were before."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcikit.files.whole_file import remove_unfinished, whole_file, whole_folder, write_whole


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old")
    with whole_file(path) as temporary:
        temporary.write_bytes(b"new")
        assert temporary.parent == tmp_path and path.read_bytes() == b"old"
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.json": b"new"}


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old")
    with pytest.raises(RuntimeError), whole_file(path) as temporary:
        temporary.write_bytes(b"half of i")
        raise RuntimeError
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.json": b"old"}


def test_a_folder_is_there_at_the_end_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with whole_folder(folder) as unfinished:
        (unfinished / "a").touch()
        assert unfinished.parent == folder.parent and not folder.exists()
    assert [each.name for each in folder.iterdir()] == ["a"]
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "other"):
        raise RuntimeError
    assert [each.name for each in tmp_path.iterdir()] == ["new"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for name in (".a.json.123.tmp", "a.tmp", ".hidden", "a.json"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "a.json", "a.tmp"]
