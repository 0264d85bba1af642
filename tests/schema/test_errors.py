"""Errors are told apart by type, and come whole out of another process."""

from __future__ import annotations

import pickle

import pytest

from dcikit.schema.errors import ArgumentError, DataError, DciError, ModelError, first_line


def test_each_kind_is_itself_alone() -> None:
    kinds = (DataError("f", "", "p", "r"), ArgumentError("a"), ModelError("m"))
    for error in kinds:
        assert isinstance(error, DciError) and isinstance(error, ValueError)
        assert sum(isinstance(error, kind) for kind in (DataError, ArgumentError, ModelError)) == 1


def test_a_defect_says_where_and_what_to_do() -> None:
    error = DataError("a.json", "mask_data.3", "is 4", "make it 5")
    assert str(error) == "a.json: `mask_data.3`: is 4; make it 5"
    assert str(DataError("a.json", "", "is 4", "make it 5")) == "a.json: is 4; make it 5"
    again = pickle.loads(pickle.dumps(error))
    assert (again.file, again.key, str(again)) == (error.file, error.key, str(error))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\ntwo"), "one"),
        (OSError(" \n a \n b"), "a"),
        (KeyError(), "KeyError"),
        (ValueError("\n"), "ValueError"),
    ],
)
def test_first_line(error: Exception, line: str) -> None:
    assert first_line(error).strip() == line
