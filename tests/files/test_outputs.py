"""Outputs are looked at before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcikit.files.outputs import check_output, check_output_folder
from dcikit.schema.errors import ArgumentError


@pytest.mark.parametrize("place", ["", "nowhere/file", "file/below", "/proc/file"])
def test_places_where_no_file_can_be(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(ArgumentError, match="`output` must be"):
        check_output(tmp_path / place)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


@pytest.mark.parametrize("place", ["file", "file/below/it", "/proc/folder", "/dev/null/x"])
def test_places_where_no_folder_can_be(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(ArgumentError, match="`output_dir` must be"):
        check_output_folder(tmp_path / place)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_places_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    for name in ("file", "new"):
        check_output(tmp_path / name)
    for name in ("", "new", "new/new"):
        check_output_folder(tmp_path / name)
    check_output(None)
    check_output_folder(None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}
