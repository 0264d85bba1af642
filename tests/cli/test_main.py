"""How the command line answers when something is wrong."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

import dcikit.data.sample
from dcikit.cli.main import PANELS, main


def broken(folder: Path, seed: int) -> None:
    raise RuntimeError("a bug")


def test_a_bug_is_one_line_and_its_traceback_is_behind_debug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dcikit.data.sample, "write_sample", broken)
    assert main(["sample", str(tmp_path / "new")]) == 1
    told = capsys.readouterr().err
    assert told == "error: unexpected RuntimeError: a bug; `dci --debug sample ...` shows where\n"
    with pytest.raises(RuntimeError, match="a bug"):
        main(["--debug", "sample", str(tmp_path / "new")])


def test_a_wrong_call_and_bad_data_have_statuses_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evla"]) == 2
    assert "No such command 'evla'" in capsys.readouterr().err
    assert main(["verify", str(tmp_path)]) == 1
    assert "splits.json" in capsys.readouterr().err
    assert main(["compare", "--dataset"]) == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dci {version('dcikit')}\n"


def test_every_command_has_a_panel_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for panel, commands in PANELS.items():
        assert panel in told
        for name, command in commands.items():
            assert name in told and command.__doc__
