"""Names that would lead out of a folder, on any system."""

from __future__ import annotations

import pytest

from dcikit.files.safe_names import is_plain_name


@pytest.mark.parametrize("name", ["sa_1.jpg", "a b.jpg", "...jpg", ".hidden", "日本.png", "-x"])
def test_names_of_files(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/a", "a/", "../a", "a\\b", "..\\a", "\\\\server\\share\\a", "C:a", "C:\\a", "a\0b"]
)
def test_names_that_are_none(name: str) -> None:
    assert not is_plain_name(name)
